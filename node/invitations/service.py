"""Invitations to connect: asked with a question, answered or taken back; here, between nodes, and on other networks."""

from datetime import datetime

import sqlalchemy as sa

from node.access import can_read
from node.accounts.model import Account
from node.actors.model import Actor
from node.asking import Question, given
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from node.etiquette import code, daily_ceiling, first_message, one_message
from node.follows import service as follows
from node.ids import new_id
from node.invitations import rules, wire
from node.invitations.model import Connection
from node.invitations.rules import Earlier
from node.markdown import plain
from node.moderation.queries import may_reach, require_reach
from node.notifications import service as notifications
from node.notifications.service import pair
from node.outbox import service as outbox
from node.outbox import wire as activities
from node.outbox.service import Audience
from node.posts import rules as post_rules
from node.posts import service as posts
from node.posts.model import Post
from node.words import N_
from node.work import Reading, Writing
from schemas.vocabulary import NETWORK

TOPIC = "invitations"
ANSWER_LIMIT = 500


# what members do


async def connect(
    work: Writing,
    member: Actor,
    host: Actor,
    question: str,
    about: str = "",
    lens: str = "both",
    *,
    born_of_id: int | None = None,
) -> Connection:
    """Ask somebody, anywhere, to connect. ``notify_at`` of the result says when they hear of it.

    ``born_of_id``: the post in which it begins, which the member can read.

    Raises EtiquetteFirst, Invalid (``question``, ``about``), Conflict, TooMany, Gone.
    """
    if host.id == member.id:
        raise Invalid(message=N_("You are at your own table already."))
    if host.kind not in ("person", "service") or host.gone_at is not None:
        raise Gone
    if host.suspended_at is not None:
        raise NotFound
    await require_reach(work, member, host)
    await work.count_alone("invitations", member.id)
    await _check(work, member, host)
    question, about = first_message.check(question, about, host.name or host.username)
    if lens not in post_rules.LENSES:
        raise Invalid({"lens": N_("Please choose one of these.")})
    via = "local" if host.is_local else "offer" if NETWORK in host.capabilities else "note"
    id = new_id(work.now)
    row = Connection(
        id=id,
        uri=work.uris.relationship(id),
        offer_uri=work.uris.activity(id),
        inviting_id=member.id,
        invited_id=host.id,
        pair=pair(member.id, host.id),
        question=question,
        about=about,
        lens=lens,
        state="asked",
        via=via,
        notify_at=await notifications.heard_at(work, host.id, member.id),
        born_of_id=born_of_id if born_of_id and await can_read(work, member.id, born_of_id) else None,
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    await _send(work, row, member, host)
    return row


async def correct(work: Writing, member: Actor, connection_id: int, question: str, about: str = "") -> Connection:
    """Correct one's own invitation: within ten minutes, and only while it is unanswered."""
    row, host = await _mine(work, member, connection_id, "inviting")
    _require(row, "asked")
    if not one_message.may_correct(row.created_at, work.now):
        raise one_message.refuse_second(host.name or host.username)
    row.question, row.about = first_message.check(question, about, host.name or host.username)
    if row.via == "offer":
        # Not an Update, which is for what stands for itself: the same Relationship offered in better words.
        row.offer_uri = work.uris.activity(new_id(work.now))
        await _offer(work, row, member, host)
    elif row.via == "note" and row.note_id is not None:
        await posts.revise(work, member, row.note_id, _letter(row, host))
    await work.session.flush()
    return row


async def accept(work: Writing, host: Actor, connection_id: int, answer: str = "") -> Connection:
    """Say yes: both follow each other from now on."""
    row, member = await _mine(work, host, connection_id, "invited")
    if row.state == "accepted":
        return row
    _require(row, "asked")
    if len(answer.strip()) > ANSWER_LIMIT:
        raise Invalid({"answer": N_("Please keep the answer below 500 characters.")})
    row.state, row.answer, row.answered_at = "accepted", answer.strip(), work.now
    await work.session.flush()
    if not member.is_local:
        document = activities.accept(host.uri, row.offer_uri, member.uri, row.answer or None)
        await outbox.publish(work, host, document, Audience(actors=[member.id]))
    await _settle_yes(work, row, member, host)
    return row


async def decline(work: Writing, host: Actor, connection_id: int) -> Connection:
    """Say not this time. The other learns that and nothing more."""
    row, member = await _mine(work, host, connection_id, "invited")
    if row.state == "declined":
        return row
    _require(row, "asked")
    row.state, row.answered_at = "declined", work.now
    await _close(work, row)
    if not member.is_local:
        document = activities.reject(host.uri, row.offer_uri, member.uri)
        await outbox.publish(work, host, document, Audience(actors=[member.id]))
    await _tell(work, row.inviting_id)
    return row


async def withdraw(work: Writing, member: Actor, connection_id: int) -> Connection:
    """Take one's own unanswered invitation back."""
    row, host = await _mine(work, member, connection_id, "inviting")
    if row.state == "withdrawn":
        return row
    _require(row, "asked")
    row.state, row.ended_at = "withdrawn", work.now
    await _take_back(work, row, member, host)
    return row


async def end(work: Writing, person: Actor, connection_id: int) -> Connection:
    """No longer be connected: neither follows the other."""
    row = await _find(work, person, connection_id)
    if row.state == "ended":
        return row
    _require(row, "accepted")
    is_inviting = row.inviting_id == person.id
    other = await work.session.get_one(Actor, row.invited_id if is_inviting else row.inviting_id)
    row.state, row.ended_at = "ended", work.now
    await follows.unfollow(work, person, other)
    await follows.remove_follower(work, person, other)
    if row.via == "offer" and not other.is_local:
        inviting, invited = (person, other) if is_inviting else (other, person)
        document = (
            activities.undo(person.uri, wire.original(row, inviting.uri, invited.uri), [other.uri])
            if is_inviting
            else activities.reject(person.uri, row.offer_uri, other.uri)
        )
        await outbox.publish(work, person, document, Audience(actors=[other.id]))
    await _tell(work, other.id)
    return row


# what others send


async def receive_offer(
    work: Writing, actor: Actor, offer_uri: str, relationship_uri: str, host: Actor, asked: wire.Asked, lens: str
) -> Connection | None:
    """``actor`` of elsewhere asks one of ours to connect. None when the rules of the table keep it out.

    A second offer of the same relationship corrects the first one for a while; asking each other is a yes of both.
    """
    if not host.is_local or host.kind == "application" or host.gone_at or host.suspended_at or actor.suspended_at:
        return None
    known = await work.session.scalar(sa.select(Connection).where(Connection.offer_uri == offer_uri))
    if known is not None:
        return known if known.inviting_id == actor.id else None
    last = await _last(work, actor.id, host.id)
    if last is not None and last.state == "asked" and last.inviting_id == host.id:
        return await _meet_halfway(work, last, host, actor, offer_uri)
    if last is not None and last.state == "asked" and last.uri == relationship_uri:
        if one_message.may_correct(last.created_at, work.now):
            last.question, last.about, last.offer_uri = asked.question, asked.about, offer_uri
            await work.session.flush()
        return last
    is_taken = await work.session.scalar(sa.select(Connection.id).where(Connection.uri == relationship_uri))
    if is_taken is not None or await _is_kept_out(work, actor, host, last):
        return None
    row = Connection(
        id=new_id(work.now),
        uri=relationship_uri,
        offer_uri=offer_uri,
        inviting_id=actor.id,
        invited_id=host.id,
        pair=pair(actor.id, host.id),
        question=asked.question,
        about=asked.about,
        lens=lens if lens in post_rules.LENSES else "both",
        state="asked",
        via="offer",
        notify_at=await notifications.heard_at(work, host.id, actor.id),
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    await _tell_host(work, row)
    return row


async def receive_accept(work: Writing, actor: Actor, offer_uri: str, answer: str = "") -> bool:
    """``actor`` said yes to an Offer of ours. False when it is not theirs to answer, or was taken back."""
    row = await _offered_to(work, actor, offer_uri)
    if row is None or row.state not in ("asked", "accepted"):
        return False
    if row.state == "asked":
        await _hear_yes(work, row, plain(answer)[:ANSWER_LIMIT])
    return True


async def receive_reject(work: Writing, actor: Actor, offer_uri: str) -> bool:
    """``actor`` said not now, or ends what was agreed."""
    row = await _offered_to(work, actor, offer_uri)
    if row is None:
        return False
    if row.state == "asked":
        row.state, row.answered_at = "declined", work.now
        await _tell(work, row.inviting_id)
    elif row.state == "accepted":
        await _hear_end(work, row, row.inviting_id, actor)
    return True


async def receive_undo(work: Writing, actor: Actor, offer_uri: str) -> bool:
    """``actor`` takes their Offer to one of ours back, or ends what came of it."""
    row = await work.session.scalar(
        sa.select(Connection).where(Connection.offer_uri == offer_uri, Connection.inviting_id == actor.id)
    )
    if row is None:
        return False
    if row.state == "asked":
        row.state, row.ended_at = "withdrawn", work.now
        await _close(work, row)
    elif row.state == "accepted":
        await _hear_end(work, row, row.invited_id, actor)
    return True


async def notice_follow(work: Writing, follower: Actor, followed: Actor) -> bool:
    """On networks that know no Offer, following back is a yes. Called after every Follow that arrives."""
    row = await _last(work, followed.id, follower.id)
    if row is None or row.state != "asked" or row.via != "note" or row.inviting_id != followed.id:
        return False
    await _hear_yes(work, row, "")
    return True


async def notice_reply(work: Writing, post: Post) -> bool:
    """On networks that know no Offer, an answer to the note is a yes. Called after every post that arrives."""
    if post.parent_id is None:
        return False
    found = await _BY_NOTE.first(work, note=post.parent_id, author=post.author_id)
    if found is None:
        return False  # as most answers
    row = await work.session.get_one(Connection, found[0])
    await _hear_yes(work, row, plain(post.content, ANSWER_LIMIT))
    return True


# inside


async def _check(work: Reading, member: Actor, host: Actor) -> None:
    last = await _last(work, member.id, host.id)
    version = await work.session.scalar(sa.select(Account.etiquette_version).where(Account.actor_id == member.id))
    if version is None:
        raise Forbidden(N_("Only people can invite people."))
    earlier = _earlier(last, member.id) if last is not None else None
    rules.check(host.name or host.username, earlier, await _sent(work, member.id), version, work.now)


async def _is_kept_out(work: Reading, actor: Actor, host: Actor, last: Connection | None) -> bool:
    """The same rules for what comes from elsewhere; whoever breaks them is not answered."""
    if not await may_reach(work, actor, host):
        return True
    earlier = _earlier(last, actor.id) if last is not None else None
    try:
        rules.check(host.name, earlier, await _sent(work, actor.id), code.VERSION, work.now)
    except (Conflict, TooMany):
        return True
    return False


def _earlier(row: Connection, asking_id: int) -> Earlier:
    return Earlier(row.state, row.inviting_id == asking_id, row.ended_at or row.answered_at or row.created_at)


async def _last(work: Reading, one: int, other: int) -> Connection | None:
    """The latest between two people, whoever asked."""
    if await _ANY.first(work, two=pair(one, other)) is None:
        return None  # as between most
    return await work.session.scalar(_LAST, {"two": pair(one, other)})


_ANY: Question[tuple[int]] = Question(
    tuple, sa.select(Connection.id).where(Connection.pair == given("two", sa.String)).limit(1)
)
_BY_NOTE: Question[tuple[int]] = Question(
    tuple,
    sa.select(Connection.id).where(
        Connection.note_id == given("note"), Connection.invited_id == given("author"), Connection.state == "asked"
    ),
)
_LAST = sa.select(Connection).where(Connection.pair == sa.bindparam("two")).order_by(Connection.id.desc()).limit(1)


async def _sent(work: Reading, actor_id: int) -> list[datetime]:
    """When this actor's invitations of the last day were sent."""
    return list(
        await work.session.scalars(
            sa.select(Connection.created_at).where(
                Connection.inviting_id == actor_id, Connection.created_at > work.now - daily_ceiling.WINDOW
            )
        )
    )


async def _mine(work: Reading, person: Actor, connection_id: int, side: str) -> tuple[Connection, Actor]:
    """An invitation this person sent (``inviting``) or got (``invited``), and the other one. Raises NotFound."""
    row = await work.session.get(Connection, connection_id)
    if row is None or person.id != (row.inviting_id if side == "inviting" else row.invited_id):
        raise NotFound
    other_id = row.invited_id if side == "inviting" else row.inviting_id
    return row, await work.session.get_one(Actor, other_id)


async def _find(work: Reading, person: Actor, connection_id: int) -> Connection:
    row = await work.session.get(Connection, connection_id)
    if row is None or person.id not in (row.inviting_id, row.invited_id):
        raise NotFound
    return row


async def _offered_to(work: Reading, actor: Actor, offer_uri: str) -> Connection | None:
    """An Offer by one of ours to ``actor``: nobody else may answer it."""
    return await work.session.scalar(
        sa.select(Connection).where(Connection.offer_uri == offer_uri, Connection.invited_id == actor.id)
    )


_OVER = {
    "accepted": N_("You are connected already."),
    "declined": N_("This invitation was answered already."),
    "withdrawn": N_("This invitation was taken back."),
    "ended": N_("You are no longer connected."),
    "asked": N_("This invitation is not answered yet."),
}


def _require(row: Connection, state: str) -> None:
    if row.state != state:
        raise Conflict(_OVER[row.state])


async def _send(work: Writing, row: Connection, member: Actor, host: Actor) -> None:
    if row.via == "local":
        await _tell_host(work, row)
    elif row.via == "offer":
        await _offer(work, row, member, host)
    else:
        await follows.follow(work, member, host)
        note = await posts.publish(work, member, _letter(row, host))
        row.note_id = note.id
    await work.session.flush()


async def _offer(work: Writing, row: Connection, member: Actor, host: Actor) -> None:
    document = wire.offer(row, member.uri, host.uri) | {"id": row.offer_uri}
    await outbox.publish(work, member, document, Audience(actors=[host.id]))


def _letter(row: Connection, host: Actor) -> posts.Draft:
    """The one direct note by which people on other networks are asked."""
    text = "\n\n".join(part for part in (row.question, row.about) if part)
    return posts.Draft(text=text, lens=row.lens, visibility="direct", to=[host.id], names_people=False)


async def _take_back(work: Writing, row: Connection, member: Actor, host: Actor) -> None:
    await _close(work, row)
    if row.via == "offer":
        document = activities.undo(member.uri, wire.original(row, member.uri, host.uri), [host.uri])
        await outbox.publish(work, member, document, Audience(actors=[host.id]))
    elif row.via == "note":
        if row.note_id is not None:
            await posts.withdraw(work, member, row.note_id)
        await follows.unfollow(work, member, host)


async def _settle_yes(work: Writing, row: Connection, member: Actor, host: Actor) -> None:
    """Both follow each other now; requests that lay waiting between them are granted."""
    await _close(work, row)
    for one, other in ((member, host), (host, member)):
        if one.is_local and other.gone_at is None and other.suspended_at is None:
            await follows.follow(work, one, other)
        waiting = await follows.between(work, other.id, one.id)
        if one.is_local and waiting is not None and waiting.state == "asked":
            await follows.accept(work, one, other)
    account_id = await notifications.account_of(work, row.inviting_id)
    if account_id is not None:
        await notifications.notify(
            work,
            account_id,
            "invitation_accepted",
            f"connection:{row.id}",
            actor_id=row.invited_id,
            subject_id=row.id,
        )
        work.tell(account_id, TOPIC)


async def _hear_yes(work: Writing, row: Connection, answer: str) -> None:
    row.state, row.answer, row.answered_at = "accepted", answer, work.now
    await work.session.flush()
    member = await work.session.get_one(Actor, row.inviting_id)
    host = await work.session.get_one(Actor, row.invited_id)
    await _settle_yes(work, row, member, host)


async def _hear_end(work: Writing, row: Connection, ours_id: int, other: Actor) -> None:
    row.state, row.ended_at = "ended", work.now
    ours = await work.session.get_one(Actor, ours_id)
    await follows.unfollow(work, ours, other)
    await _tell(work, ours_id)


async def _meet_halfway(work: Writing, row: Connection, host: Actor, actor: Actor, offer_uri: str) -> Connection:
    """Each asked the other before hearing of it: that is two yeses."""
    document = activities.accept(host.uri, offer_uri, actor.uri)
    await outbox.publish(work, host, document, Audience(actors=[actor.id]))
    await _hear_yes(work, row, "")
    return row


async def _tell_host(work: Writing, row: Connection) -> None:
    account_id = await notifications.account_of(work, row.invited_id)
    if account_id is not None:
        await notifications.notify(
            work,
            account_id,
            "invitation",
            f"connection:{row.id}",
            actor_id=row.inviting_id,
            subject_id=row.id,
            visible_at=row.notify_at,
        )
        if row.notify_at is None or row.notify_at <= work.now:
            work.tell(account_id, TOPIC)


async def _close(work: Writing, row: Connection) -> None:
    """It waits no longer for its host."""
    account_id = await notifications.account_of(work, row.invited_id)
    if account_id is not None:
        await notifications.withdraw(work, account_id, "invitation", f"connection:{row.id}")
        work.tell(account_id, TOPIC)


async def _tell(work: Writing, actor_id: int) -> None:
    """Open pages of somebody of ours show what became of it."""
    account_id = await notifications.account_of(work, actor_id)
    if account_id is not None:
        work.tell(account_id, TOPIC)
