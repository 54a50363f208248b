"""`/api/v1/instance` and `/api/v2/instance`: the association's node as apps get to know it."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import aiohttp.web as aioweb
import sqlalchemy as sa
from markupsafe import escape

from node.accounts import visits
from node.actors.model import Actor
from node.associations import service as associations
from node.associations.privacy import PROMISES, SINCE
from node.associations.service import House
from node.etiquette.code import RULES
from node.media.service import LARGEST
from node.members.fields import FIELDS
from node.peers.model import Peer
from node.pins import service as pins
from node.polls.rules import LONGEST, OPTION_LIMIT, OPTIONS, SHORTEST
from node.posts import rules
from node.posts.model import Post
from node.push import sealing
from node.push import service as push
from node.tags import service as tags
from node.work import Reading
from web.api import parameters
from web.api.edge import answer
from web.api.media import ALT_LIMIT
from web.api.shapes.accounts import account
from web.api.shapes.look import Entity, Look, look_of
from web.context import node_of, reader
from web.translations import languages, say

routes = aioweb.RouteTableDef()

SPOKEN, SPOKEN_NUMBER = "4.5.0", 7
"""The version of Mastodon whose API this follows, and its own count of it; apps look what they may ask for."""
_OPEN = {"local": "public", "remote": "public"}
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_PIXELS = 40_000_000


@cache
def spoken_version() -> str:
    try:
        own = version("commensal")
    except PackageNotFoundError:
        own = "0"
    return f"{SPOKEN} (compatible; Commensal {own})"


@routes.get("/api/v2/instance")
async def second(request: aioweb.Request) -> aioweb.Response:
    return answer(await _recalled(request, "second", _second))


async def _recalled(request: aioweb.Request, name: str, ask: Callable[[Reading, Look], Awaitable[Entity]]) -> Entity:
    """As it was found within the last minute: every app asks, and its figures need not be newer."""
    look = look_of(request)
    key = ("instance", name, reader().language)
    return await node_of(request).recall(key, ("associations", "profile_fields"), lambda work: ask(work, look))


async def _second(work: Reading, look: Look) -> Entity:
    house = await associations.house(work)
    office = await associations.office(work)
    pem = await push.key(work)
    people = await visits.active(work, days=28)
    found: Entity = {
        "domain": work.uris.host,
        "title": house.name,
        "version": spoken_version(),
        "source_url": "",
        "description": house.tagline,
        "usage": {"users": {"active_month": people}},
        "thumbnail": {"url": _thumbnail(look, house), "blurhash": None, "description": house.name, "versions": {}},
        "icon": [{"src": look.absolute(house.logo_url), "size": "512x512"}] if house.logo_url else [],
        "languages": list(house.languages),
        "configuration": {
            **_configuration(),
            "urls": {
                "streaming": _streaming(work),
                "status": None,
                "about": f"{work.uris.base}/about",
                "privacy_policy": f"{work.uris.base}/privacy",
                "terms_of_service": None,
            },
            "vapid": {"public_key": sealing.public_point(pem) if pem else ""},
            "translation": {"enabled": False},
            "limited_federation": False,
            "timelines_access": {
                "live_feeds": _OPEN,
                "hashtag_feeds": _OPEN,
                "trending_link_feeds": _OPEN,
            },
        },
        "registrations": {
            "enabled": False,
            "approval_required": True,
            "reason_required": True,
            "message": None,
            "min_age": None,
            "url": f"{work.uris.base}/apply" if house.is_open_to_applications else None,
        },
        "api_versions": {"mastodon": SPOKEN_NUMBER},
        "contact": {"email": house.contact_email, "account": await account(work, look, office)},
        "rules": _rules(),
    }
    return found


@routes.get("/api/v1/instance")
async def first(request: aioweb.Request) -> aioweb.Response:
    return answer(await _recalled(request, "first", _first))


async def _first(work: Reading, look: Look) -> Entity:
    house = await associations.house(work)
    office = await associations.office(work)
    found: Entity = {
        "uri": work.uris.host,
        "title": house.name,
        "short_description": house.tagline,
        "description": house.about_html,
        "email": house.contact_email,
        "version": spoken_version(),
        "urls": {"streaming_api": _streaming(work)},
        "stats": await _stats(work),
        "thumbnail": _thumbnail(look, house),
        "languages": list(house.languages),
        "registrations": False,
        "approval_required": True,
        "invites_enabled": False,
        "configuration": _configuration(),
        "contact_account": await account(work, look, office),
        "rules": _rules(),
    }
    return found


@routes.get("/api/v1/instance/rules")
async def show_rules(request: aioweb.Request) -> aioweb.Response:
    return answer(_rules())


@routes.get("/api/v1/instance/peers")
async def peers(request: aioweb.Request) -> aioweb.Response:
    """The other networks and associations this node has heard of."""
    return await _hosts(request, "", 5000)


@routes.get("/api/v1/peers/search")
async def search_peers(request: aioweb.Request) -> aioweb.Response:
    """Those whose name begins so, for apps that ask where somebody is at home."""
    begins = (parameters.query(request).text("q", most=300) or "").strip().lower()
    return await _hosts(request, begins, 10) if begins else answer([])


async def _hosts(request: aioweb.Request, begins: str, most: int) -> aioweb.Response:
    chosen = sa.select(Peer.host).where(Peer.blocked_at.is_(None), Peer.host.startswith(begins, autoescape=True))
    async with node_of(request).reading() as work:
        return answer(list(await work.session.scalars(chosen.order_by(Peer.host).limit(most))))


@routes.get("/api/v1/instance/extended_description")
async def extended_description(request: aioweb.Request) -> aioweb.Response:
    async with node_of(request).reading() as work:
        house = await associations.house(work)
        office = await associations.office(work)
        return answer({"updated_at": office.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ"), "content": house.about_html})


@routes.get("/api/v1/instance/privacy_policy")
async def privacy_policy(request: aioweb.Request) -> aioweb.Response:
    """What the page says."""
    html = "".join(f"<h2>{escape(say(title))}</h2><p>{escape(say(text))}</p>" for title, text in PROMISES)
    return answer({"updated_at": f"{SINCE.isoformat()}T00:00:00Z", "content": html})


@routes.get("/api/v1/instance/translation_languages")
async def translation_languages(request: aioweb.Request) -> aioweb.Response:
    return answer({})


@routes.get("/api/v1/instance/languages")
async def show_languages(request: aioweb.Request) -> aioweb.Response:
    return answer([{"code": code, "name": code} for code in languages()])


@routes.get("/api/v1/instance/activity")
@routes.get("/api/v1/instance/domain_blocks")
async def nothing(request: aioweb.Request) -> aioweb.Response:
    """Not counted, or not published, here."""
    return answer([])


def _configuration() -> Entity:
    return {
        "accounts": {
            "max_featured_tags": tags.MOST_FEATURED,
            "max_pinned_statuses": pins.MOST,
            "max_display_name_length": 100,
            "max_note_length": 2000,
            "max_profile_fields": len(FIELDS),
            "profile_field_name_limit": 255,
            "profile_field_value_limit": 255,
        },
        "statuses": {
            "max_characters": rules.TEXT_LIMIT,
            "max_media_attachments": rules.PICTURES,
            "characters_reserved_per_url": 23,
            "supported_mime_types": ["text/markdown", "text/plain"],
        },
        "media_attachments": {
            "supported_mime_types": list(_PICTURE_TYPES),
            "description_limit": ALT_LIMIT,
            "image_size_limit": LARGEST,
            "image_matrix_limit": _PIXELS,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": OPTIONS,
            "max_characters_per_option": OPTION_LIMIT,
            "min_expiration": int(SHORTEST.total_seconds()),
            "max_expiration": int(LONGEST.total_seconds()),
        },
    }


def _rules() -> list[Entity]:
    return [
        {"id": str(number), "text": say(text), "hint": say(hint), "translations": {}}
        for number, (text, hint) in enumerate(RULES, 1)
    ]


def _streaming(work: Reading) -> str:
    parts = urlsplit(work.uris.base)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"


def _thumbnail(look: Look, house: House) -> str:
    return look.absolute(house.picture_url or house.logo_url or look.header)


async def _stats(work: Reading) -> Entity:
    people = sa.select(sa.func.count()).select_from(Actor)
    posts = sa.select(sa.func.count()).select_from(Post)
    return {
        "user_count": await work.session.scalar(
            people.where(Actor.is_local, Actor.kind == "person", Actor.gone_at.is_(None))
        ),
        "status_count": await work.session.scalar(
            posts.where(Post.is_local, Post.deleted_at.is_(None), Post.visibility != "direct")
        ),
        "domain_count": await work.session.scalar(sa.select(sa.func.count()).select_from(Peer)),
    }
