"""Reports: what members and other servers ask the officers to look at, and what came of it."""

from collections.abc import Sequence

import sqlalchemy as sa

from node.access import can_read
from node.accounts import service as accounts
from node.actors.model import Actor
from node.directed import mutes
from node.errors import Conflict, Invalid, NotFound, TooMany
from node.ids import new_id
from node.markdown import plain
from node.moderation.model import Report
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.outbox import wire
from node.outbox.service import Audience
from node.posts.fetching import may_fetch
from node.posts.model import Post
from node.reports import rules
from node.webhooks import service as webhooks
from node.words import N_
from node.work import Reading, Writing

KIND = "report"
"""Of the officers' notification."""
_OBJECTS = 100


async def report(
    work: Writing,
    member: Actor,
    target: Actor,
    *,
    post_ids: Sequence[int] = (),
    text: str = "",
    category: str = "other",
    tells_their_server: bool = False,
) -> Report:
    """Ask the officers to look at somebody, and at posts of theirs that the member can read.

    With ``tells_their_server`` the other server learns it too, but not who reported.
    One-way offers are named by who got them; reported by several members, their sender's are let through no more.
    Raises Invalid, NotFound (a post that is not theirs, or that one may not read), TooMany.
    """
    if target.id == member.id:
        raise Invalid(message=N_("You cannot report yourself."))
    if target.kind == "application" or target.gone_at is not None:
        raise NotFound
    text, category, ids = rules.check(text, category, post_ids)
    posts = []
    for id in ids:
        post = await work.session.get(Post, id)
        if post is None or post.author_id != target.id or not await can_read(work, member.id, id):
            raise NotFound(N_("One of these posts is no longer there."))
        posts.append(post)
    if category == mutes.ONE_WAY:
        await mutes.require_offer(work, member.id, target.id, ids)
    await _slow_down(work, member.id)
    is_forwarded = tells_their_server and not target.is_local
    id = new_id(work.now)
    uri = work.uris.activity(id)
    if is_forwarded:
        node = await work.session.scalar(sa.select(Actor).where(Actor.uri == work.uris.instance))
        if node is not None:
            document = wire.flag(node.uri, target.uri, [post.uri for post in posts], text) | {"id": uri}
            await outbox.publish(work, node, document, Audience(actors=[target.id]))
    kept = await _record(work, id, uri, member.id, target, ids, text, category, is_forwarded)
    if category == mutes.ONE_WAY:
        await mutes.hear(work, member.id, target, ids)
    return kept


async def receive_flag(work: Writing, actor: Actor, uri: str, objects: Sequence[str], text: str) -> Report | None:
    """Another server asks to look at somebody of ours. Accounts and posts come in any order, and one may be missing.

    None when nobody of ours is named. Posts that server cannot know are left out: no officer gets to read them by
    having them reported. Raises TooMany.
    """
    known = await work.session.scalar(sa.select(Report).where(Report.uri == uri))
    if known is not None:
        return known if known.by_id == actor.id else None
    ours = [each for each in dict.fromkeys(objects) if work.uris.is_ours(each)][:_OBJECTS]
    target = await work.session.scalar(
        sa.select(Actor).where(Actor.uri.in_(ours), Actor.is_local, Actor.kind != "application").limit(1)
    )
    posts = (
        await work.session.scalars(
            sa.select(Post)
            .where(sa.or_(Post.uri.in_(ours), Post.url.in_(ours)), Post.is_local, Post.deleted_at.is_(None))
            .order_by(Post.id)
            .limit(rules.POSTS)
        )
    ).all()
    if target is None:
        known_there = [post for post in posts if await may_fetch(work, actor.host, post)]
        target = await work.session.get(Actor, known_there[0].author_id) if known_there else None
    if target is None or target.gone_at is not None:
        return None
    await work.count_alone("reports", actor.host)
    at_once = sa.select(sa.func.count()).select_from(Report).join(Actor, Actor.id == Report.by_id)
    count = await work.session.scalar(
        at_once.where(Actor.host == actor.host, Report.created_at > work.now - rules.WINDOW)
    )
    if (count or 0) >= rules.OF_HOST:
        raise TooMany(N_("That is enough for today."), retry_at=work.now + rules.WINDOW)
    ids = [post.id for post in posts if post.author_id == target.id and await may_fetch(work, actor.host, post)]
    words = plain(text, rules.TEXT_LIMIT)[: rules.TEXT_LIMIT]
    return await _record(work, new_id(work.now), uri[:2048], actor.id, target, ids, words, "other", False)


async def resolve(work: Writing, by_account_id: int, report_id: int, answer: str = "") -> Report:
    """The officers have looked. Raises NotFound, Conflict (done already), Invalid."""
    row = await _get(work, report_id)
    if row.state == "resolved":
        raise Conflict(N_("Somebody of the office has settled this already."))
    answer = answer.strip()
    if len(answer) > rules.TEXT_LIMIT:
        raise Invalid({"answer": N_("Please keep it shorter.")})
    row.state, row.answer, row.resolved_at, row.resolved_by_id = "resolved", answer, work.now, by_account_id
    for officer in await accounts.officers(work):
        await notifications.withdraw(work, officer.id, KIND, f"report:{row.id}")
    return row


async def reopen(work: Writing, report_id: int) -> Report:
    row = await _get(work, report_id)
    row.state, row.resolved_at, row.resolved_by_id = "open", None, None
    return row


async def _record(
    work: Writing,
    id: int,
    uri: str,
    by_id: int,
    target: Actor,
    post_ids: list[int],
    text: str,
    category: str,
    is_forwarded: bool,
) -> Report:
    row = Report(
        id=id, uri=uri, by_id=by_id, target_id=target.id, post_ids=post_ids, text=text, category=category,
        is_forwarded=is_forwarded, state="open", answer="", created_at=work.now,
    )  # fmt: skip
    work.session.add(row)
    await work.session.flush()
    await webhooks.tell(work, "report.received", id=str(id), about=target.handle, category=category)
    for officer in await accounts.officers(work):
        if officer.actor_id != target.id:  # nobody judges their own case
            await notifications.notify(
                work, officer.id, KIND, f"report:{id}", actor_id=target.id, subject_id=id
            )  # fmt: skip
    return row


async def _slow_down(work: Writing, member_id: int) -> None:
    await work.count_alone("reports", member_id)
    count = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(Report)
        .where(Report.by_id == member_id, Report.created_at > work.now - rules.WINDOW)
    )
    if (count or 0) >= rules.OF_MEMBER:
        raise TooMany(
            N_("You have reported a lot today. The office looks at all of it; please come back tomorrow."),
            retry_at=work.now + rules.WINDOW,
        )


async def _get(work: Reading, report_id: int) -> Report:
    row = await work.session.get(Report, report_id)
    if row is None:
        raise NotFound
    return row
