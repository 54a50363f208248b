"""Collections of ours: what somebody said, offers and belongs to, and how many follow. Pages go by stable cursors."""

from collections.abc import Sequence

import aiohttp.web as aioweb
import orjson
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute as Attribute

from federation.context import host_of_signer, node_of
from federation.endpoints.actors import find
from federation.negotiation import document, refusal
from node.access import readable
from node.actors import queries as actors
from node.actors.model import Actor
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
from node.work import Reading
from schemas import collections
from schemas.contexts import with_context
from schemas.values import Document

PAGE = 20
_MANY = 100
_CHALLENGE = 'sig1=("@method" "@target-uri");created;keyid'


async def outbox(request: aioweb.Request) -> aioweb.Response:
    """What an actor said in public and did not take back, newest first."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        taken_back = sa.exists().where(Post.uri == Activity.object_uri, Post.deleted_at.is_not(None))
        said = sa.and_(
            Activity.actor_id == owner.id,
            Activity.is_public,
            Activity.type.in_(("Create", "Announce")),
            ~taken_back,
            ~is_undone(),
        )
        uri = f"{owner.uri}/outbox"
        if "page" not in request.query:
            total = await _count(work, Activity.id, said)
            last = f"{uri}?page=true&min_id=0" if total else None
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true", last_page=last))
        rows = await _rows(work, request, Activity.id, Activity.document, said)
        items: list[Document | str] = [orjson.loads(text) for _, text in rows]
        return document(_page(request, uri, rows, items))


async def instance_outbox(request: aioweb.Request) -> aioweb.Response:
    """The node itself says nothing in public."""
    return document(collections.collection(f"{node_of(request).uris.instance}/outbox", 0, items=[]))


async def followers(request: aioweb.Request) -> aioweb.Response:
    """How many follow somebody; who they are is theirs to tell."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        total = await _count(work, Follow.id, Follow.followed_id == owner.id, Follow.state == "accepted")
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
        total = await _count(work, Follow.id, Follow.follower_id == owner.id, Follow.state == "accepted")
        return document(collections.collection(f"{owner.uri}/following", total))


async def connections(request: aioweb.Request) -> aioweb.Response:
    """How many people somebody is connected with."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        mine = sa.or_(Connection.inviting_id == owner.id, Connection.invited_id == owner.id)
        total = await _count(work, Connection.id, mine, Connection.state == "accepted")
        return document(collections.collection(f"{owner.uri}/connections", total))


async def featured(request: aioweb.Request) -> aioweb.Response:
    """What somebody keeps on top of their page, by the ids of the posts."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        ids = await pins.pinned(work, None, owner.id)
        rows = await work.session.execute(sa.select(Post.id, Post.uri).where(Post.id.in_(ids)))
        uris = {row[0]: row[1] for row in rows}
        items = [uris[id] for id in ids]
        return document(collections.collection(f"{owner.uri}/featured", len(items), items=items))


async def members(request: aioweb.Request) -> aioweb.Response:
    """The association's half of every membership: its members by id. Theirs is their `affiliations`."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        uri = f"{owner.uri}/members"
        if owner.kind == "group":
            total = await _count(work, CircleMember.actor_id, CircleMember.circle_id == owner.id, _inside())
            return document(collections.collection(uri, total, attributed_to=owner.uri))
        if owner.username != OFFICE:
            raise NotFound
        if "page" not in request.query:
            total = await vouches.count_of(work, owner.id)
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true", attributed_to=owner.uri))
        rows = await vouches.members_of(work, owner.id, _cursor(request, "max_id"), PAGE)
        return document(_page(request, uri, rows, [member for _, member in rows]))


async def moderators(request: aioweb.Request) -> aioweb.Response:
    """Who moderates a circle, by id: other programs ask before they believe what somebody decides there."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        if owner.kind != "group":
            raise NotFound
        items = [person.uri for person in await circle_members.moderators(work, owner.id)]
        return document(collections.collection(moderators_uri(owner), len(items), items=items, attributed_to=owner.uri))


def _inside() -> sa.ColumnElement[bool]:
    return CircleMember.state == "member"


async def affiliations(request: aioweb.Request) -> aioweb.Response:
    """Whose member somebody is, by their own account."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        items = list(await vouches.affiliation_documents(work, owner.id))
        uri = f"{owner.uri}/affiliations"
        return document(collections.collection(uri, len(items), items=items, attributed_to=owner.uri))


async def offers(request: aioweb.Request) -> aioweb.Response:
    """What somebody offers and asks for in public, newest first, by the ids of the notes."""
    async with node_of(request).reading() as work:
        owner = await _owner(work, request)
        current = sa.and_(
            Post.author_id == owner.id,
            readable(None),
            sa.exists().where(Listing.post_id == Post.id, Listing.state == "open"),
        )
        uri = f"{owner.uri}/offers"
        if "page" not in request.query:
            total = await _count(work, Post.id, current)
            return document(collections.collection(uri, total, first_page=f"{uri}?page=true"))
        rows = await _rows(work, request, Post.id, Post.uri, current)
        return document(_page(request, uri, rows, [offer for _, offer in rows]))


async def replies(request: aioweb.Request) -> aioweb.Response:
    """What was answered in public, oldest first, its beginning in place as Mastodon reads it."""
    async with node_of(request).reading() as work:
        parent = await _open_post(work, request)
        answers = sa.and_(Post.parent_uri == parent.uri, readable(None))
        uri = f"{parent.uri}/replies"
        if "page" in request.query:
            return document(with_context(await _onward(work, request, uri, answers, ordered=False)))
        written = collections.collection(uri, await _count(work, Post.id, answers), ordered=False)
        written["first"] = await _onward(work, request, uri, answers, ordered=False)
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
        belongs = sa.and_(Post.context == uri, readable(None))
        if "page" in request.query:
            return document(with_context(await _onward(work, request, uri, belongs, ordered=True)))
        rows = (await work.session.scalars(sa.select(Post.uri).where(belongs).order_by(Post.id).limit(_MANY + 1))).all()
        if not rows:
            raise NotFound
        if len(rows) <= _MANY:
            return document(collections.collection(uri, len(rows), items=list(rows)))
        total = await _count(work, Post.id, belongs)
        return document(collections.collection(uri, total, first_page=f"{uri}?page=true"))


async def _onward(
    work: Reading, request: aioweb.Request, uri: str, which: sa.ColumnElement[bool], *, ordered: bool
) -> Document:
    """One page of posts, oldest first; the cursor is a key."""
    after = _cursor(request, "min_id") or 0
    rows = await work.session.execute(
        sa.select(Post.id, Post.uri).where(which, Post.id > after).order_by(Post.id).limit(PAGE + 1)
    )
    found = [(row[0], row[1]) for row in rows]
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
    found = await work.session.get(Post, int(digits)) if len(digits) < 19 else None
    if found is None or not found.is_local or not is_open(found) or found.boost_of_id is not None:
        raise NotFound
    if found.deleted_at is not None:
        raise Gone
    author = await actors.by_id(work, found.author_id)
    if author is None or author.suspended_at is not None:
        raise NotFound
    return found


async def _count(work: Reading, key: Attribute[int], *which: sa.ColumnElement[bool]) -> int:
    return await work.session.scalar(sa.select(sa.func.count(key)).where(*which)) or 0


async def _rows(
    work: Reading, request: aioweb.Request, key: Attribute[int], value: Attribute[str], which: sa.ColumnElement[bool]
) -> Sequence[tuple[int, str]]:
    """Key and value of one page's rows, newest first.

    Cursors are keys, so that a page means the same whatever was added or taken away meanwhile.
    """
    older_than, newer_than = _cursor(request, "max_id"), _cursor(request, "min_id")
    chosen = sa.select(key, value).where(which)
    if older_than is not None:
        chosen = chosen.where(key < older_than)
    if newer_than is not None:
        chosen = chosen.where(key > newer_than)
    rows = await work.session.execute(chosen.order_by(key if newer_than is not None else key.desc()).limit(PAGE))
    found = [(row[0], row[1]) for row in rows]
    return found[::-1] if newer_than is not None else found


def _page(
    request: aioweb.Request, uri: str, rows: Sequence[tuple[int, str]], items: Sequence[Document | str]
) -> Document:
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
