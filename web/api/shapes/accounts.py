"""Account: a person, company or association as apps show it."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors.model import Actor
from node.actors.rows import ActorRow, Shown
from node.asking import Question, among, given
from node.emojis import service as emojis
from node.emojis.service import Worded
from node.figures import Figures, figures
from node.follows.model import Follow
from node.markdown import plain
from node.members import fields
from node.members import wire as members
from node.members.model import ProfileField
from node.work import Reading
from web.api.shapes.look import Entity, Look, midnight
from web.api.shapes.texts import emoji_entities
from web.translations import say

ABOUT = "about"
"""The line of a profile that apps know as the note."""
WIDTHS = {"public": "public", "quiet": "unlisted", "followers": "private"}
"""How wide a post may go where nothing is said of it, in our words and Mastodon's."""
ROLES = {"member": ("-99", ""), "officer": ("2", "Officer"), "admin": ("3", "Admin")}


_HOMES = Question(
    ActorRow, sa.select(*(getattr(Actor, name) for name in ActorRow._fields)).where(among(Actor.uri, "uris"))
)


class _Line(NamedTuple):
    actor_id: int
    name: str
    value: str
    visibility: str


_LINES = Question(
    _Line,
    sa.select(*(getattr(ProfileField, name) for name in _Line._fields))
    .where(among(ProfileField.actor_id, "ids"), ProfileField.name != ABOUT, ProfileField.value != "")
    .order_by(ProfileField.position, ProfileField.id),
)


async def accounts(
    work: Reading, look: Look, actors: Sequence[Shown], *, fresh: bool = False, with_moved: bool = True
) -> dict[int, Entity]:
    """The accounts of these actors by key; of those who moved with the new one, one step far."""
    people = {actor.id: actor for actor in actors}
    known = {} if fresh else {id: found for id in people if (found := look.recall(id)) is not None}
    missing = people.keys() - known.keys()
    if missing:
        counted = await figures(work, missing)
        look.remember(counted)
        known |= counted
    lines = await _lines(work, [id for id, actor in people.items() if actor.is_local])
    worded = {
        id: Worded(actor.host, (actor.name, actor.summary, *(line.get("name", "") for line in actor.fields)))
        for id, actor in people.items()
        if not actor.is_local
    }
    pictures = await emojis.shown(work, worded)
    entities = {id: _kept(look, actor, known[id], lines.get(id), pictures.get(id, {})) for id, actor in people.items()}
    movers = {id: actor.moved_to for id, actor in people.items() if actor.moved_to and with_moved}
    if movers:
        homes = await _HOMES.ask(work, uris=list(movers.values()))
        shown = await accounts(work, look, homes, with_moved=False)
        there = {home.uri: shown[home.id] for home in homes}
        for id, uri in movers.items():
            if uri in there:
                entities[id] = {**entities[id], "moved": there[uri]}
    return entities


async def account(work: Reading, look: Look, actor: Shown) -> Entity:
    """One account, counted anew."""
    return (await accounts(work, look, [actor], fresh=True))[actor.id]


class _Number(NamedTuple):
    number: int


class _Value(NamedTuple):
    value: str


_WAITING = Question(
    _Number, sa.select(sa.func.count()).where(Follow.followed_id == given("actor"), Follow.state == "asked")
)
_ABOUT = Question(
    _Value,
    sa.select(ProfileField.value).where(ProfileField.actor_id == given("actor"), ProfileField.name == ABOUT),
)


async def own_account(work: Reading, look: Look, actor: Shown, private: Account) -> Entity:
    """CredentialAccount: the account as its owner sees it, with what can be edited."""
    shown = await account(work, look, actor)
    waiting = await _WAITING.first(work, actor=actor.id)
    about = await _ABOUT.first(work, actor=actor.id)
    number, name = ROLES.get(private.role, ROLES["member"])
    role = {"id": number, "name": name, "color": "", "permissions": "0", "highlighted": bool(name)}
    return {
        **shown,
        "source": {
            "privacy": WIDTHS[private.posts_to],
            "sensitive": private.posts_are_sensitive,
            "language": private.posts_in or private.language,
            "note": about.value if about is not None else "",
            "fields": [
                {"name": line["name"], "value": plain(line["value"]), "verified_at": None} for line in shown["fields"]
            ],
            "follow_requests_count": waiting.number if waiting is not None else 0,
            "hide_collections": True,
            "discoverable": actor.is_discoverable,
            "indexable": actor.is_indexable,
            "attribution_domains": [],
            "quote_policy": "public",
        },
        "role": role,
    }


def acct(actor: Shown) -> str:
    """``alice`` for ours, ``bob@beta.test`` for others."""
    return actor.username if actor.is_local else f"{actor.username}@{actor.handle_host}"


def _kept(
    look: Look, actor: Shown, counted: Figures, lines: list[Entity] | None, pictures: Mapping[str, str]
) -> Entity:
    def make() -> Entity:
        return {**_account(look, actor, counted, lines), "emojis": emoji_entities(look, dict(pictures))}

    # A row of the session may change and still be the same.
    return look.account(actor.id, (actor, counted, lines, pictures), make) if isinstance(actor, ActorRow) else make()


def _account(look: Look, actor: Shown, counted: Figures, lines: list[Entity] | None) -> Entity:
    avatar = f"{look.base}/media/{actor.icon_digest}.webp" if actor.icon_digest else actor.icon_url or look.avatar
    header = actor.image_url or look.header
    found: Entity = {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "display_name": actor.name,
        "locked": actor.approves_followers,
        "bot": actor.kind in ("application", "service"),
        "discoverable": actor.is_discoverable,
        "indexable": actor.is_indexable,
        "noindex": not actor.is_indexable,
        "group": actor.kind == "group",
        "created_at": midnight(actor.created_at),
        "note": actor.summary,
        "url": actor.url,
        "uri": actor.uri,
        "avatar": look.absolute(avatar),
        "avatar_static": look.absolute(avatar),
        "header": look.absolute(header),
        "header_static": look.absolute(header),
        "followers_count": counted.followers,
        "following_count": counted.following,
        "statuses_count": counted.posts,
        "last_status_at": counted.last_at.strftime("%Y-%m-%d") if counted.last_at else None,
        "hide_collections": True,
        "fields": lines if lines is not None else [_line(line) for line in actor.fields],
    }
    if actor.is_local:
        found["roles"] = []
    if actor.suspended_at is not None or actor.gone_at is not None:
        found["suspended"] = True
    return found


def _line(line: dict[str, str]) -> Entity:
    return {"name": str(line.get("name", "")), "value": str(line.get("value", "")), "verified_at": None}


async def _lines(work: Reading, ids: Collection[int]) -> dict[int, list[Entity]]:
    """What ours show to everybody, as profile lines; what they say about themselves is the note."""
    found: dict[int, list[Entity]] = {id: [] for id in ids}
    if ids:
        for row in fields.visible(await _LINES.ask(work, ids=ids), fields.EVERYONE):
            label = say(fields.BY_NAME[row.name].label)
            found[row.actor_id].append({"name": label, "value": members.text(row.value), "verified_at": None})
    return found
