"""Studies: asked by a member, answered once by each of a panel, closed at their end."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.associations.model import Vouch
from node.errors import Conflict, Forbidden, Gone, NotFound, TooMany
from node.faces import is_vouched
from node.ids import new_id
from node.moderation.queries import may_reach, require_reach
from node.posts import notes
from node.posts import service as posts
from node.posts.parts import require_voice
from node.posts.service import Draft as PostDraft
from node.secrets import new_token
from node.studies import rules
from node.studies.model import Study, StudyAnswer, StudyLink
from node.studies.rules import Question
from node.translations import SOURCE, catalogue
from node.words import N_
from node.work import Reading, Writing

LINK_LASTS = timedelta(days=14)
LINKS_A_DAY = 3
"""To one person, about all studies and tests of this node: nobody is written to because strangers type their name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member typed. ``hosts`` for the panel "associations"."""

    title: str
    purpose: str
    panel: str
    questions: Sequence[Question]
    ends_at: datetime
    hosts: Sequence[str] = ()
    floor: int = rules.FLOOR
    idea_id: int | None = None
    language: str | None = None


async def publish(work: Writing, actor: Actor, draft: Draft) -> Study:
    """Ask. Everybody hears of it by a post, unless only members of this association are asked. Raises Invalid."""
    rules.check(
        title=draft.title,
        purpose=draft.purpose,
        panel=draft.panel,
        hosts=draft.hosts,
        questions=draft.questions,
        floor=draft.floor,
        ends_at=draft.ends_at,
        now=work.now,
    )
    require_voice(actor)
    study = Study(
        id=new_id(work.now),
        actor_id=actor.id,
        idea_id=draft.idea_id,
        title=draft.title,
        purpose=draft.purpose.strip(),
        panel=draft.panel,
        hosts=list(draft.hosts) if draft.panel == "associations" else [],
        questions=[question.document() for question in draft.questions],
        floor=draft.floor,
        key=work.safe.lock(new_token()),
        created_at=work.now,
        ends_at=draft.ends_at,
    )
    work.session.add(study)
    await work.session.flush()
    if draft.panel != "here":
        say = catalogue((draft.language or SOURCE).partition("-")[0]).gettext
        text = "\n\n".join(
            (
                say(N_("A few questions: %(title)s")) % {"title": draft.title},
                say(N_("They take two minutes, and you need no account: %(link)s"))
                % {"link": f"{work.uris.base}/studies/{study.id}"},
            )
        )
        post = await posts.publish(work, actor, PostDraft(text=text, lens="business", language=draft.language))
        study.post_id = post.id
        await work.session.flush()
    return study


async def answer(work: Writing, actor: Actor, study_id: int, given: Sequence[Any]) -> Study:
    """Answer once. Raises Invalid (``answers-<number>``), Conflict, Forbidden, Gone, NotFound."""
    study = await work.session.get(Study, study_id, with_for_update=True)
    if study is None:
        raise NotFound
    await require_panel(work, actor, study)
    values = rules.read_answers([Question.read(one) for one in study.questions], given)
    person = person_hash(work, study, actor)
    if await work.session.get(StudyAnswer, (study_id, person)) is not None:
        raise Conflict(N_("You have answered already. Thank you."))
    host = actor.host if actor.is_local or await _is_member(work, actor) else ""
    work.session.add(StudyAnswer(study_id=study_id, person_hash=person, host=host, values=values))
    study.answers += 1
    await work.session.flush()
    return study


async def close(work: Writing, actor: Actor, study_id: int) -> Study:
    """End it before its time."""
    study = await work.session.get(Study, study_id, with_for_update=True)
    if study is None or study.actor_id != actor.id:
        raise NotFound
    if study.closed_at is None:
        _close(work, study)
    await work.session.flush()
    return study


async def close_due(work: Writing) -> int:
    """Housekeeping: end what has come to its end, and drop links that nobody used."""
    due = await work.session.scalars(
        sa.select(Study).where(Study.closed_at.is_(None), Study.ends_at <= work.now).limit(200)
    )
    count = 0
    for study in due:
        _close(work, study)
        count += 1
    await work.session.flush()
    await work.session.execute(sa.delete(StudyLink).where(StudyLink.expires_at < work.now))
    return count


async def require_panel(work: Reading, actor: Actor, study: Study) -> None:
    """Raises Gone when it has ended, Forbidden when this person is not asked, or is kept apart from who asks."""
    if study.closed_at is not None or study.ends_at <= work.now:
        raise Gone(N_("This has ended. Thank you all the same."))
    if actor.id == study.actor_id:
        raise Forbidden(N_("These are your own questions."))
    asking = await work.session.get_one(Actor, study.actor_id)
    if actor.gone_at is not None or not await may_reach(work, actor, asking):
        raise NotFound
    if actor.is_local or study.panel == "open":
        return
    if study.panel == "associations" and actor.host in study.hosts and await _is_member(work, actor):
        return
    raise Forbidden(N_("These questions are for others. Thank you all the same."))


async def invite(work: Writing, study_id: int, guest_id: int) -> None:
    """Send somebody elsewhere the link by which they answer. Raises as require_panel and send_link."""
    study = await work.session.get(Study, study_id)
    guest = await work.session.get(Actor, guest_id)
    if study is None or guest is None:
        raise NotFound
    await require_panel(work, guest, study)
    await send_link(work, "study", study_id, await work.session.get_one(Actor, study.actor_id), guest)


async def send_link(work: Writing, kind: str, subject_id: int, asking: Actor, guest: Actor) -> None:
    """Write privately to somebody elsewhere, with a link that proves who answers. Raises TooMany, Forbidden."""
    await require_reach(work, asking, guest)
    since = work.now - timedelta(days=1)
    await work.count_alone("links", guest.id)
    sent = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(StudyLink)
        .where(StudyLink.actor_id == guest.id, StudyLink.created_at > since)
    )
    if (sent or 0) >= LINKS_A_DAY:
        raise TooMany(N_("We have written to this address several times today. Look at your messages, please."))
    token = new_token()
    work.session.add(
        StudyLink(
            token_hash=_hash(token),
            kind=kind,
            subject_id=subject_id,
            actor_id=guest.id,
            created_at=work.now,
            expires_at=work.now + LINK_LASTS,
        )
    )
    place = "studies" if kind == "study" else "tests"
    link = f"{work.uris.base}/{place}/by-link/{token}"
    say = catalogue(SOURCE).gettext
    text = say(
        N_(
            "You asked to take part; here is your link, for you alone: %(link)s\n\nIf it was not you, do nothing: "
            "nobody takes part in your name."
        )
    )
    await notes.write(work, asking, guest, text % {"link": link}, secrets=(token,))


async def open_link(work: Reading, kind: str, token: str) -> tuple[int, Actor]:
    """Of what a link is, and for whom. Raises NotFound, Gone."""
    link = await work.session.get(StudyLink, _hash(token))
    if link is None or link.kind != kind:
        raise NotFound
    if link.expires_at < work.now:
        raise Gone
    return link.subject_id, await work.session.get_one(Actor, link.actor_id)


def person_hash(work: Reading, study: Study, actor: Actor) -> str:
    """What stands for a person among the answers; without the study's key nobody can make it."""
    key = work.safe.open(study.key)
    return hmac.new(key.encode(), f"{study.id}\n{actor.uri}".encode(), hashlib.sha256).hexdigest()


async def _is_member(work: Reading, actor: Actor) -> bool:
    return bool(await work.session.scalar(sa.select(sa.exists().where(Vouch.subject_id == actor.id, is_vouched(work)))))


def _close(work: Writing, study: Study) -> None:
    study.closed_at, study.key = work.now, ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
