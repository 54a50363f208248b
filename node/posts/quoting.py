"""Quotes: who may quote what, and what became of asking (FEP-044f). What nobody was asked for is shown as it comes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from node.access import OPEN
from node.actors.model import Actor
from node.asking import Question, among, given
from node.errors import Invalid
from node.follows.model import Follow
from node.ids import new_id
from node.moderation.queries import may_reach
from node.posts.model import Post, Quote
from node.posts.originals import original
from node.uris import Uris
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.note import Note
from schemas.values import PUBLIC, same_origin

POLICIES = ("public", "followers", "nobody")
"""Whom our members let quote them, from the widest to the narrowest."""
ASKED, ACCEPTED, REFUSED, WITHDRAWN = "asked", "accepted", "refused", "withdrawn"
AUTOMATIC, MANUAL, DENIED, UNKNOWN = "automatic", "manual", "denied", "unknown"
"""What somebody gets who would like to quote: a yes at once, a yes or no of the author, a no; we cannot tell."""


# who may


@dataclass(frozen=True, slots=True)
class Policy:
    """Who gets a yes at once (public, followers, nobody), and who may ask for one."""

    automatic: str
    manual: str = "nobody"

    def allows(self, *, is_author: bool, follows: bool | None) -> str:
        """One of AUTOMATIC, MANUAL, DENIED; UNKNOWN where it turns on whether they follow and that is not known."""
        if is_author or self.automatic == "public":
            return AUTOMATIC
        if self.automatic == "followers" and follows is not False:
            return AUTOMATIC if follows else UNKNOWN
        if self.manual == "public" or (self.manual == "followers" and follows):
            return MANUAL
        return UNKNOWN if self.manual == "followers" and follows is None else DENIED


def policy(visibility: str, is_local: bool, kept: str | None) -> Policy:
    """Of a post, by its row: what our members left open is for everybody, of others only what they say is."""
    if visibility not in OPEN or (kept is None and not is_local):
        return Policy("nobody")
    automatic, _, manual = (kept or "public").partition("/")
    return Policy(automatic, manual or "nobody")


def as_kept(note: Note, followers_uri: str | None) -> str | None:
    """The policy of somebody elsewhere, as ``posts.may_quote`` holds it."""
    if note.may_quote is None:
        return None
    automatic, manual = (_widest(who, followers_uri) for who in (note.may_quote, note.may_ask))
    return automatic if manual == "nobody" else f"{automatic}/{manual}"


def as_written(kept: str | None, author: Actor, uris: Collection[str]) -> tuple[str, ...] | None:
    """The policy of a post of ours in the words of FEP-044f; None where it is not for everybody anyway."""
    if PUBLIC not in uris:
        return None
    return {"followers": (author.followers_uri or author.uri,), "nobody": (author.uri,)}.get(kept or "", (PUBLIC,))


def _widest(who: Collection[str], followers_uri: str | None) -> str:
    if PUBLIC in who:
        return "public"
    return "followers" if followers_uri is not None and followers_uri in who else "nobody"


async def allowance(work: Reading, reader: Actor, post: Post) -> str:
    """What ``reader`` gets who would like to quote ``post``."""
    if post.author_id == reader.id:
        return AUTOMATIC if post.visibility in OPEN else DENIED
    follows = sa.exists().where(
        Follow.follower_id == reader.id, Follow.followed_id == post.author_id, Follow.state == "accepted"
    )
    found = bool(await work.session.scalar(sa.select(follows)))
    return policy(post.visibility, post.is_local, post.may_quote).allows(is_author=False, follows=found)


async def choose(work: Reading, author: Actor, post_id: int | None) -> Post | None:
    """The post that a member wants to quote. Raises NotFound (not theirs to read), Invalid (its author says no)."""
    if post_id is None:
        return None
    quoted = await original(work, author.id, post_id)
    quoted_author = await work.session.get_one(Actor, quoted.author_id)
    is_reached = await may_reach(work, author, quoted_author)
    if not is_reached or await allowance(work, author, quoted) == DENIED:
        name = quoted_author.name or quoted_author.username
        raise Invalid({"text": Message(N_("%(name)s does not want this to be quoted."), {"name": name})})
    return quoted


# what was asked and answered


@dataclass(frozen=True, slots=True)
class Quoted:
    """What a post of ours quotes, as its document says it."""

    uri: str
    url: str
    stamp: str | None
    is_for_all: bool
    """Also for programs that ask nobody: its author said yes, or says it to everybody."""


async def of(work: Reading, quoting_uri: str) -> Quote | None:
    """What the author of the quoted has to say to this one."""
    return await work.session.scalar(sa.select(Quote).where(Quote.quoting_uri == quoting_uri))


async def keep(
    work: Writing, quoting_uri: str, quoted: Post, author: Actor, state: str, stamp_uri: str | None = None
) -> Quote:
    """How it stands with a quote of ``quoted``, by ``author``."""
    row = await of(work, quoting_uri)
    if row is None:
        row = Quote(id=new_id(work.now), quoting_uri=quoting_uri, asked_at=work.now)
        work.session.add(row)
    row.quoted_uri, row.author_uri, row.state, row.stamp_uri = quoted.uri, author.uri, state, stamp_uri
    row.answered_at = work.now if state != ASKED else None
    await work.session.flush()
    return row


async def quoted_by(work: Reading, post: Post) -> Quoted | None:
    """What a post of ours quotes; None once its author said no."""
    if post.quoted_id is None:
        return None
    quoted = await work.session.get(Post, post.quoted_id)
    row = await of(work, post.uri)
    if quoted is None or quoted.deleted_at is not None or (row is not None and row.state in (REFUSED, WITHDRAWN)):
        return None
    is_free = policy(quoted.visibility, quoted.is_local, quoted.may_quote).automatic == "public"
    is_accepted = row is None or row.state == ACCEPTED
    return Quoted(quoted.uri, quoted.url, row.stamp_uri if row is not None else None, is_accepted or is_free)


class _State(NamedTuple):
    post_id: int
    state: str


_STATES = Question(
    _State,
    sa.select(Post.id, Quote.state).join(Quote, Quote.quoting_uri == Post.uri).where(among(Post.id, "ids")),
)


def is_shown(state: str) -> bool:
    """Whether what is quoted is shown within; without a word of its author it is, as older programs mean it."""
    return state in ("", ACCEPTED)


async def states(work: Reading, ids: Collection[int]) -> Mapping[int, str]:
    """How it stands with the quotes in these posts; those that need nobody's word are left out."""
    return dict(await _STATES.ask(work, ids=ids)) if ids else {}


class _Count(NamedTuple):
    post_id: int
    number: int


_COUNTS = Question(
    _Count,
    sa.select(Post.quoted_id, sa.func.count())
    .join(Quote, Quote.quoting_uri == Post.uri, isouter=True)
    .where(
        among(Post.quoted_id, "ids"),
        Post.quoted_id.is_not(None),
        Post.deleted_at.is_(None),
        Post.visibility.in_(OPEN),
        sa.or_(Quote.state.is_(None), Quote.state == ACCEPTED),
    )
    .group_by(Post.quoted_id),
)


async def counts(work: Reading, ids: Collection[int]) -> Mapping[int, int]:
    """How often these posts are quoted where everybody can read it."""
    return dict(await _COUNTS.ask(work, ids=ids)) if ids else {}


class _Followed(NamedTuple):
    id: int


_FOLLOWED = Question(
    _Followed,
    sa.select(Follow.followed_id).where(
        Follow.follower_id == given("viewer"), among(Follow.followed_id, "ids"), Follow.state == "accepted"
    ),
)


async def followed(work: Reading, viewer_id: int, author_ids: Collection[int]) -> set[int]:
    """Which of these authors the viewer follows: asked only where a policy turns on it."""
    return {row.id for row in await _FOLLOWED.ask(work, viewer=viewer_id, ids=author_ids)} if author_ids else set()


# what others quote


async def hear(work: Writing, quoting: Post, note: Note) -> None:
    """Keep what a post from elsewhere says of the consent to what it quotes; ``quoting`` is its copy, just refreshed.

    Whoever names it as FEP-044f does waits for the author's yes, which we look up where it stands. The words of older
    programs ask nobody; there only our own members' policies count.
    """
    if note.quote is None:
        return
    quoted = await work.session.get(Post, quoting.quoted_id) if quoting.quoted_id is not None else None
    row = await of(work, quoting.uri)
    if quoted is not None and quoted.author_id == quoting.author_id:
        return
    if quoted is not None and quoted.is_local:
        author = await work.session.get_one(Actor, quoted.author_id)
        # A yes is to one thing: whoever shows another now is judged anew, and a yes that was taken back stays so.
        if row is None or (row.quoted_uri != quoted.uri and row.state != WITHDRAWN):
            quoter = await work.session.get_one(Actor, quoting.author_id)
            is_free = await allowance(work, quoter, quoted) == AUTOMATIC and await may_reach(work, quoter, author)
            await keep(work, quoting.uri, quoted, author, ACCEPTED if is_free else REFUSED, None)
        return
    if not note.is_quote_by_consent:
        return
    if row is None:
        row = Quote(id=new_id(work.now), quoting_uri=quoting.uri, author_uri="", state=ASKED, asked_at=work.now)
        work.session.add(row)
    elif row.state == WITHDRAWN or (
        (row.state, row.stamp_uri, row.quoted_uri) == (ACCEPTED, note.quote_stamp, note.quote)
    ):
        return
    row.quoted_uri, row.stamp_uri, row.state = note.quote, note.quote_stamp, ASKED
    await work.session.flush()


async def settle(work: Writing, quoting_uri: str, quoted: Post, *, is_stamped: bool) -> None:
    """What we found where the yes to a quote of others should stand."""
    row = await of(work, quoting_uri)
    if row is None or row.state != ASKED or row.quoted_uri != quoted.uri:
        return
    author = await work.session.get_one(Actor, quoted.author_id)
    row.author_uri = author.uri
    if is_stamped or quoted.may_quote is None:
        row.state, row.answered_at = ACCEPTED, work.now
    await work.session.flush()


async def drop(work: Writing, quoting_uri: str) -> None:
    """The post that quotes is gone."""
    await work.session.execute(sa.delete(Quote).where(Quote.quoting_uri == quoting_uri))


def stamp_of(uris: Uris, quoted: Post, quoting_uri: str) -> str | None:
    """Where the yes of a member stands; None for what is not ours."""
    return uris.quote(quoted.id, quoting_uri) if quoted.is_local else None


def is_from_author(stamp_uri: str, author_uri: str) -> bool:
    """A yes counts only on the server of who gives it."""
    return same_origin(stamp_uri, author_uri)
