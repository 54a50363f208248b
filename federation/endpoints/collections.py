"""Collections of ours: what somebody said, offers and belongs to, and how many follow. Pages go by stable cursors."""

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import aiohttp.web as aioweb
import orjson
import sqlalchemy as sa

from federation.context import host_of_signer, node_of, of
from federation.endpoints.actors import find
from federation.negotiation import document, refusal
from node.access import readable
from node.actors import queries as actors
from node.actors.model import Actor
from node.asking import Question, among, copies, given
from node.associations import vouches
from node.circles import members as circle_members
from node.circles.model import CircleMember
from node.circles.publication import moderators_uri
from node.errors import Gone, NotFound
from node.follows.model import Follow
from node.invitations.model import Connection
from node.listings.model import Listing
from node.outbox.model import Activity
from node.outbox.queries import is_undone
from node.pins import service as pins
from node.posts.fetching import is_open
from node.posts.model import Post
from node.uris import OFFICE
from node.windows import Window
from node.work import Reading
from schemas import collections
from schemas.contexts import with_context
from schemas.values import Document

PAGE = 20
_MANY = 100
_CHALLENGE = 'sig1=("@method" "@target-uri");created;keyid'
_OWNER, _PARENT, _CONTEXT = given("owner"), given("parent", sa.String), given("context", sa.String)


class _Number(NamedTuple):
    number: int


class _Entry(NamedTuple):
    id: int
    value: str


def _counting(*which: sa.ColumnElement[bool]) -> Question[_Number]:
    return Question(_Number, sa.select(sa.func.count()).where(*which))


_SAID = sa.and_(
    Activity.actor_id == _OWNER,
    Activity.is_public,
    Activity.type.in_(("Create", "Announce")),
    ~sa.exists().where(Post.uri == Activity.object_uri, Post.deleted_at.is_not(None)),
    ~is_undone(),
)
"""The clause over ``activities``: somebody's public words that were not taken back."""
_OFFERED = sa.and_(
    Post.author_id == _OWNER, readable(None), sa.exists().where(Listing.post_id == Post.id, Listing.state == "open")
)
_ANSWERING = sa.and_(Post.parent_uri == _PARENT, readable(None))
_BELONGING = sa.and_(Post.context == _CONTEXT, readable(None))
_POSTS = copies(Post, Post.id == given("post"))
_URIS = Question(_Entry, sa.select(Post.id, Post.uri).where(among(Post.id, "ids")))
_NUMBERS = {
    "said": _counting(_SAID),
    "offered": _counting(_OFFERED),
    "answers": _counting(_ANSWERING),
    "conversation": _counting(_BELONGING),
    "followers": _counting(Follow.followed_id == _OWNER, Follow.state == "accepted"),
    "following": _counting(Follow.follower_id == _OWNER, Follow.state == "accepted"),
    "connections": _counting(
        sa.or_(Connection.inviting_id == _OWNER, Connection.invited_id == _OWNER), Connection.state == "accepted"
    ),
    "circle": _counting(CircleMember.circle_id == _OWNER, CircleMember.state == "member"),
}


@cache
def _words(form: Window) -> Question[_Entry]:
    return Question(_Entry, form.cut(sa.select(Activity.id, Activity.document).where(_SAID), Activity.id))


@cache
def _offers(form: Window) -> Question[_Entry]:
    return Question(_Entry, form.cut(sa.select(Post.id, Post.uri).where(_OFFERED), Post.id))


def _forward(which: sa.ColumnElement[bool]) -> Question[_Entry]:
    """Posts after one, the oldest first."""
    chosen = sa.select(Post.id, Post.uri).where(which, Post.id > given("after"))
    return Question(_Entry, chosen.order_by(Post.id).limit(given("most")))


_ANSWERS, _CONVERSATION = _forward(_ANSWERING), _forward(_BELONGING)


async def outbox(request: aioweb.Request) -> aioweb.Response:
    """What an actor said in public and did not take back, newest first."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        uri = f"{owner.uri}/outbox"
        if "page" not in request.query:
            total = await _count(work, "said", owner=owner.id)
            last = f"{uri}?page=true&min_id=0" if total else None
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true", last_page=last))
        part = _part(request)
        rows = part.in_order(await _words(part.form).ask(work, owner=owner.id, **part.values))
        return document(_page(request, uri, rows, [orjson.Fragment(text) for _, text in rows]))


async def instance_outbox(request: aioweb.Request) -> aioweb.Response:
    """The node itself says nothing in public."""
    return document(collections.collection(f"{node_of(request).uris.instance}/outbox", 0, items=[]))


async def followers(request: aioweb.Request) -> aioweb.Response:
    """How many follow somebody; who they are is theirs to tell."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        total = await _count(work, "followers", owner=owner.id)
        return document(collections.collection(f"{owner.uri}/followers", total))


async def followers_synchronization(request: aioweb.Request) -> aioweb.Response:
    """Who follows somebody from the host that asks, whole, so that both sides know the same (FEP-8fcf). Signed only."""
    host = await host_of_signer(request)
    if host is None:
        return refusal(401, "sign this request", {"Accept-Signature": _CHALLENGE})
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        uris = await work.session.scalars(
            sa.select(Actor.uri)
            .join(Follow, Follow.follower_id == Actor.id)
            .where(Follow.followed_id == owner.id, Follow.state == "accepted", Actor.host == host)
            .order_by(Actor.uri)
        )
        items = list(uris)
        uri = f"{owner.uri}/followers_synchronization"
        return document(collections.collection(uri, len(items), items=items), private=True)


async def following(request: aioweb.Request) -> aioweb.Response:
    """How many somebody follows."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        total = await _count(work, "following", owner=owner.id)
        return document(collections.collection(f"{owner.uri}/following", total))


async def connections(request: aioweb.Request) -> aioweb.Response:
    """How many people somebody is connected with."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        total = await _count(work, "connections", owner=owner.id)
        return document(collections.collection(f"{owner.uri}/connections", total))


async def featured(request: aioweb.Request) -> aioweb.Response:
    """What somebody keeps on top of their page, by the ids of the posts."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        ids = await pins.pinned(work, None, owner.id)
        uris = dict(await _URIS.ask(work, ids=ids)) if ids else {}
        items = [uris[id] for id in ids]
        return document(collections.collection(f"{owner.uri}/featured", len(items), items=items))


async def members(request: aioweb.Request) -> aioweb.Response:
    """The association's half of every membership: its members by id. Theirs is their `affiliations`."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        uri = f"{owner.uri}/members"
        if owner.kind == "group":
            total = await _count(work, "circle", owner=owner.id)
            return document(collections.collection(uri, total, attributed_to=owner.uri))
        if owner.username != OFFICE:
            raise NotFound
        if "page" not in request.query:
            total = await vouches.count_of(work, owner.id)
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true", attributed_to=owner.uri))
        rows = await vouches.members_of(work, owner.id, _part(request))
        return document(_page(request, uri, rows, [member for _, member in rows]))


async def moderators(request: aioweb.Request) -> aioweb.Response:
    """Who moderates a circle, by id: other programs ask before they believe what somebody decides there."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        if owner.kind != "group":
            raise NotFound
        items = [person.uri for person in await circle_members.moderators(work, owner.id)]
        return document(collections.collection(moderators_uri(owner), len(items), items=items, attributed_to=owner.uri))


async def affiliations(request: aioweb.Request) -> aioweb.Response:
    """Whose member somebody is, by their own account."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        rows = await vouches.affiliations_of(work, owner.id)
        said = [(row, await vouches.relationship_document(work, row)) for row in rows]
    items = [await of(request).sealer.attest(row, statement) for row, statement in said]
    uri = f"{owner.uri}/affiliations"
    return document(collections.collection(uri, len(items), items=items, attributed_to=owner.uri))


async def offers(request: aioweb.Request) -> aioweb.Response:
    """What somebody offers and asks for in public, newest first, by the ids of the notes."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        uri = f"{owner.uri}/offers"
        if "page" not in request.query:
            total = await _count(work, "offered", owner=owner.id)
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true"))
        part = _part(request)
        rows = part.in_order(await _offers(part.form).ask(work, owner=owner.id, **part.values))
        return document(_page(request, uri, rows, [offer for _, offer in rows]))


async def replies(request: aioweb.Request) -> aioweb.Response:
    """What was answered in public, oldest first, its beginning in place as Mastodon reads it."""
    async with node_of(request).reading() as work:
        parent = await _open_post(work, request)
        uri = f"{parent.uri}/replies"
        after = _cursor(request, "min_id") or 0
        rows = await _ANSWERS.ask(work, parent=parent.uri, after=after, most=PAGE + 1)
        page = _onward(uri, after, rows, ordered=False)
        if "page" in request.query:
            return document(with_context(page))
        written = collections.collection(uri, await _count(work, "answers", parent=parent.uri), ordered=False)
        written["first"] = page
        return document(written)


async def reactions(request: aioweb.Request) -> aioweb.Response:
    """`likes` and `shares` of a post: how many people; who they are stays with us."""
    async with node_of(request).reading() as work:
        parent = await _open_post(work, request)
        name = request.path.rpartition("/")[2]
        total = parent.likes if name == "likes" else parent.boosts
        return document(collections.collection(f"{parent.uri}/{name}", total, ordered=False))


async def context(request: aioweb.Request) -> aioweb.Response:
    """`/ap/contexts/{id}`: the public posts of one conversation, oldest first (FEP-7888)."""
    async with node_of(request).reading() as work:
        uri = f"{work.uris.base}/ap/contexts/{request.match_info['id']}"
        if "page" in request.query:
            after = _cursor(request, "min_id") or 0
            rows = await _CONVERSATION.ask(work, context=uri, after=after, most=PAGE + 1)
            return document(with_context(_onward(uri, after, rows, ordered=True)))
        rows = await _CONVERSATION.ask(work, context=uri, after=0, most=_MANY + 1)
        if not rows:
            raise NotFound
        if len(rows) <= _MANY:
            return document(collections.collection(uri, len(rows), items=[address for _, address in rows]))
        total = await _count(work, "conversation", context=uri)
        return document(collections.collection(uri, total, first_page=f"{uri}?page=true"))


def _onward(uri: str, after: int, found: Sequence[_Entry], *, ordered: bool) -> Document:
    """One page of posts, oldest first; the cursor is a key. ``found`` has one more where there is a next page."""
    page: Document = {
        "type": "OrderedCollectionPage" if ordered else "CollectionPage",
        "id": f"{uri}?page=true" + (f"&min_id={after}" if after else ""),
        "partOf": uri,
        "orderedItems" if ordered else "items": [address for _, address in found[:PAGE]],
    }
    if len(found) > PAGE:
        page["next"] = f"{uri}?page=true&min_id={found[PAGE - 1][0]}"
    return page


async def _owner(work: Reading, request: aioweb.Request) -> Actor:
    owner = await find(work, request.match_info["username"])
    if owner.gone_at is not None:
        raise Gone
    return owner


async def _open_post(work: Reading, request: aioweb.Request) -> Post:
    digits = request.match_info["id"]
    found: Post | None = await _POSTS.first(work, post=int(digits)) if len(digits) < 19 else None
    if found is None or not found.is_local or not is_open(found) or found.boost_of_id is not None:
        raise NotFound
    if found.deleted_at is not None:
        raise Gone
    if (await actors.one(work, found.author_id)).suspended_at is not None:
        raise NotFound
    return found


async def _count(work: Reading, what: str, **values: Any) -> int:
    found = await _NUMBERS[what].first(work, **values)
    return found.number if found is not None else 0


def _part(request: aioweb.Request) -> Window:
    """Which page is asked for. Cursors are keys: it means the same whatever is added or taken away meanwhile."""
    newer_than = _cursor(request, "min_id")
    return Window(PAGE, below=_cursor(request, "max_id"), above=newer_than, upwards=newer_than is not None)


def _page(request: aioweb.Request, uri: str, rows: Sequence[tuple[int, str]], items: Sequence[Any]) -> Document:
    cursors = "".join(
        f"&{name}={value}" for name in ("max_id", "min_id") if (value := _cursor(request, name)) is not None
    )
    return collections.page(
        f"{uri}?page=true{cursors}",
        uri,
        items,
        next_page=f"{uri}?page=true&max_id={rows[-1][0]}" if len(rows) == PAGE else None,
        previous_page=f"{uri}?page=true&min_id={rows[0][0]}" if rows else None,
    )


def _cursor(request: aioweb.Request, name: str) -> int | None:
    digits = request.query.get(name, "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 and int(digits) < 2**63 else None
