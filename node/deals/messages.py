"""Deals with somebody whose program knows no deals: each step goes to them as a private note with a link of their own.

On the page behind the link they look, ask, agree and take their other steps, without an account. What they answer in
words is kept with the deal, and is never taken for a yes; STOP ends the notes.
"""

import hashlib
import re
from datetime import timedelta

import sqlalchemy as sa

from node import markdown
from node.actors.model import Actor
from node.asking import Question, given
from node.deals import machine, service, terms, wire
from node.deals.model import Deal, DealLink, DealStep
from node.errors import Conflict, Gone, NodeError, NotFound
from node.ids import new_id
from node.moderation.queries import are_apart
from node.money import Money
from node.papers import service as papers
from node.papers.model import Paper
from node.posts import notes
from node.posts.model import Post
from node.secrets import new_token
from node.translations import SOURCE, catalogue
from node.words import N_
from node.work import Reading, Writing

LASTS = timedelta(days=30)
_DECIDING = frozenset({"agree", "decline"})
_STOP = re.compile(r"(?:@\S+\s+)*(?:stop|stopp|arr[êe]t|arr[êe]ter|unsubscribe)\b\W*", re.IGNORECASE)

_SAID = {
    "ask": N_("%(name)s writes to you about “%(title)s”."),
    "quote": N_("%(name)s suggests these terms for “%(title)s”: %(total)s in all."),
    "agree": N_("%(name)s agrees: “%(title)s”, %(total)s in all."),
    "accept": N_("It is settled between you and %(name)s: “%(title)s”, %(total)s in all."),
    "decline": N_("%(name)s says: not this time (“%(title)s”)."),
    "withdraw": N_("%(name)s takes back what was suggested for “%(title)s”."),
    "invoice_deposit": N_("%(name)s has sent the invoice for the deposit of “%(title)s”."),
    "invoice": N_("%(name)s has sent the invoice for “%(title)s”."),
    "claim_paid": N_("%(name)s has paid %(amount)s for “%(title)s”."),
    "confirm_paid": N_("%(name)s confirms that %(amount)s arrived for “%(title)s”."),
    "deliver": N_("%(name)s has delivered “%(title)s”."),
    "receive": N_("%(name)s has received “%(title)s”."),
    "receipt": N_("%(name)s has sent the receipt for “%(title)s”: all is done. Thank you."),
    "cancel": N_("%(name)s cancelled “%(title)s”."),
    "refund": N_("%(name)s has paid %(amount)s back for “%(title)s”."),
    "credit": N_("%(name)s has sent a credit note for “%(title)s”."),
    "dispute": N_("%(name)s says that something is not right with “%(title)s”."),
    "settle": N_("%(name)s says that “%(title)s” is settled."),
}


async def tell(work: Writing, row: Deal, step: DealStep) -> None:
    """Send the other side a private note about a step of ours, with a link that works for them alone."""
    if row.stopped_at is not None:
        return
    sides = await service.load(work, row)
    ours = sides.seller if step.actor_id == sides.seller.id else sides.buyer
    guest = sides.other(ours)
    token = new_token()
    work.session.add(
        DealLink(
            id=new_id(work.now),
            deal_id=row.id,
            token_hash=_hash(token),
            actor_id=guest.id,
            terms_hash=row.terms_hash,
            created_at=work.now,
            expires_at=work.now + LASTS,
        )
    )
    parent = await _parent(work, row, guest)
    language = (parent.language if parent else None) or (sides.post.language if sides.post else None) or SOURCE
    paper = await work.session.get(Paper, step.paper_id) if step.paper_id else None
    sheet = await papers.link(work, paper) if paper is not None else ""
    text = _text(row, step, ours, f"{work.uris.base}/deals/by-link/{token}", sheet, language)
    secrets = (token, *([sheet.rpartition("/")[2]] if sheet else []))
    note = await notes.write(work, ours, guest, text, secrets=secrets, parent=parent, language=language)
    row.note_id = note.id
    await work.session.flush()


async def open_link(work: Reading, token: str) -> tuple[DealLink, Actor]:
    """The link with this token and whom it was made for. Raises NotFound, Gone."""
    link = await work.session.scalar(sa.select(DealLink).where(DealLink.token_hash == _hash(token)))
    if link is None:
        raise NotFound
    if link.expires_at < work.now:
        raise Gone(N_("This link has run out. Answer the message that brought it, and ask for a new one."))
    guest = await work.session.get_one(Actor, link.actor_id)
    if guest.suspended_at is not None or guest.gone_at is not None:
        raise NotFound
    row = await work.session.get_one(Deal, link.deal_id)
    ours_id = row.buyer_id if row.seller_id == guest.id else row.seller_id
    if await are_apart(work, await work.session.get_one(Actor, ours_id), guest):
        raise Gone(N_("This link no longer works."))
    return link, guest


async def act(
    work: Writing, token: str, verb: str, *, words: str = "", amount: int | None = None, seal: str = "", key: str = ""
) -> Deal:
    """A step of somebody without a node, by their link. ``seal`` says to which terms they say yes.

    A yes or no works once, and a yes only to the very terms that the link was sent about. Raises as service.take.
    """
    link, guest = await open_link(work, token)
    row = await work.session.get_one(Deal, link.deal_id)
    await service.lock(work, row)
    await work.session.refresh(link)
    agreed = None
    if verb in _DECIDING and link.used_at is not None:
        raise Conflict(N_("You have answered already; a newer message has a newer link."))
    if verb == "agree":
        if row.terms is None or row.terms_hash != link.terms_hash or row.terms_hash != seal:
            raise Conflict(N_("The terms have changed since. Look for the newer message, please."))
        agreed = terms.read(row.terms)
    await service.take(work, guest, row.id, verb, words=words, terms=agreed, amount=amount, key=key)
    if verb in _DECIDING:
        link.used_at = work.now
    await work.session.flush()
    return row


_ANSWERED: Question[tuple[int]] = Question(
    tuple,
    sa.select(Deal.id)
    .join(Post, Post.id == Deal.note_id)
    .where(
        Deal.via == "message",
        sa.or_(Deal.seller_id == given("author"), Deal.buyer_id == given("author")),
        sa.or_(Deal.note_id == given("parent"), Post.parent_id == given("parent")),
    )
    .order_by(Deal.id.desc())
    .limit(1),
)


async def notice_reply(work: Writing, post: Post) -> bool:
    """Keep with the deal what its other side answers in words. Called after every post that arrives.

    Words are no consent, whatever they say; the one exception is STOP, which is always heard.
    """
    if post.parent_id is None or post.is_local:
        return False
    found = await _ANSWERED.first(work, author=post.author_id, parent=post.parent_id)
    if found is None:
        return False  # as most answers
    row = await work.session.get_one(Deal, found[0])
    words = markdown.plain(post.content, wire.WORDS)
    if _STOP.fullmatch(words.strip()):
        row.stopped_at = row.stopped_at or work.now
        await work.session.flush()
        return True
    row.note_id = post.id
    guest = await work.session.get_one(Actor, post.author_id)
    try:
        await service.take(work, guest, row.id, "ask", words=words, key=f"note:{post.id}")
    except NodeError:
        return False  # the deal is over: the note alone is read as any other
    return True


async def prune(work: Writing) -> None:
    """Housekeeping: a link that ran out a month ago says no more than one that never was."""
    await work.session.execute(sa.delete(DealLink).where(DealLink.expires_at < work.now - LASTS))


async def is_stopped(work: Reading, deal_id: int) -> bool:
    """True when the other side asked for no more notes about this deal."""
    return await work.session.scalar(sa.select(Deal.stopped_at).where(Deal.id == deal_id)) is not None


# inside


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def _parent(work: Reading, row: Deal, guest: Actor) -> Post | None:
    """What the note answers: the last one in its thread, or what the guest wrote under the listing."""
    if row.note_id is not None:
        return await work.session.get(Post, row.note_id)
    if row.listing_id is None:
        return None
    return await work.session.scalar(
        sa.select(Post)
        .where(Post.parent_id == row.listing_id, Post.author_id == guest.id, Post.deleted_at.is_(None))
        .order_by(Post.id.desc())
        .limit(1)
    )


def _text(row: Deal, step: DealStep, ours: Actor, link: str, sheet: str, language: str) -> str:
    """Markdown. What the member wrote stands in it as a quotation, and names nobody."""
    say = catalogue(language.partition("-")[0]).gettext
    currency = row.currency or "EUR"
    values = {
        "name": ours.name or ours.username,
        "title": row.title,
        "total": str(Money(row.total, currency)),
        "amount": str(Money(step.amount or 0, currency)),
    }
    said = say(_SAID[step.verb]) % values
    parts = [said]
    if step.words:
        parts.append("\n".join(f"> {line}" for line in step.words.split("\n")))
    if sheet:
        parts.append(say(N_("The paper itself can be fetched here once: %(link)s")) % {"link": sheet})
    if row.state not in (machine.DECLINED, machine.WITHDRAWN):
        parts.append(say(N_("Look at it, ask and answer here, without an account: %(link)s")) % {"link": link})
        parts.append(
            say(
                N_(
                    "The link is yours alone and works for 30 days. You can answer this message too: it is read, and "
                    "never taken for a yes. STOP ends these messages."
                )
            )
        )
    return "\n\n".join(parts)
