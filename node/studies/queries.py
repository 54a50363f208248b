"""What the pages ask about studies: those that run, one with its results, and its answers as a table."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Forbidden, NotFound
from node.faces import Face, faces
from node.peers.model import Peer
from node.studies import rules, service
from node.studies.model import Study, StudyAnswer
from node.studies.rules import Question, Tally
from node.work import Reading

PAGE = 30


@dataclass(frozen=True, slots=True)
class StudyView:
    """A study as its page shows it. ``results`` is None while too few have answered, or it is not the reader's turn."""

    id: int
    title: str
    purpose: str
    author: Face
    panel: str
    hosts: tuple[str, ...]
    questions: tuple[Question, ...]
    floor: int
    answers: int
    ends_at: datetime
    is_over: bool
    is_own: bool
    may_answer: bool
    has_answered: bool
    idea_id: int | None
    results: tuple[Tally, ...] | None = None
    groups: tuple[tuple[str, int], ...] = ()
    """Where those who answered are members, and how many of them; only large groups."""
    others: int = 0
    """All the others together."""


async def newest(work: Reading, viewer: Actor | None, *, only_own: bool = False, limit: int = PAGE) -> list[StudyView]:
    """Studies that can be answered, and one's own; newest first. Those for members are for members alone."""
    chosen = sa.select(Study).order_by(Study.id.desc()).limit(limit)
    if viewer is None:
        chosen = chosen.where(Study.panel != "here")
    if only_own and viewer is not None:
        chosen = chosen.where(Study.actor_id == viewer.id)
    else:
        chosen = chosen.where(Study.closed_at.is_(None), Study.ends_at > work.now)
    rows = (await work.session.scalars(chosen)).all()
    people = await faces(work, [row.actor_id for row in rows])
    return [await _view(work, row, people[row.actor_id], viewer) for row in rows if row.actor_id in people]


async def one(work: Reading, viewer: Actor | None, study_id: int) -> StudyView:
    """One study; its results for who asked, and for everybody once it is over. Raises NotFound."""
    row = await work.session.get(Study, study_id)
    if row is None or (row.panel == "here" and (viewer is None or not viewer.is_local)):
        raise NotFound
    people = await faces(work, [row.actor_id])
    if row.actor_id not in people:
        raise NotFound
    view = await _view(work, row, people[row.actor_id], viewer)
    if not (view.is_own or view.is_over):
        return view
    found = (
        await work.session.execute(
            sa.select(StudyAnswer.host, StudyAnswer.values).where(StudyAnswer.study_id == study_id)
        )
    ).all()
    results = rules.tally(view.questions, [values for _, values in found], row.floor)
    if results is None:
        return view
    shown, rest = rules.groups([host for host, _ in found], row.floor)
    named = sorted(((host, count) for host, count in shown.items() if host), key=lambda group: -group[1])
    return replace(view, results=tuple(results), groups=tuple(named), others=rest + shown.get("", 0))


async def associations(work: Reading) -> list[tuple[str, str]]:
    """The other associations that we know, by host and name."""
    rows = await work.session.execute(
        sa.select(Peer.host, Peer.name)
        .where(Peer.office_uri.is_not(None), Peer.blocked_at.is_(None), Peer.host != work.uris.host)
        .order_by(Peer.name, Peer.host)
        .limit(200)
    )
    return [(host, name or host) for host, name in rows]


async def table(work: Reading, actor: Actor, study_id: int) -> list[list[Any]]:
    """The answers for who asked, a row each in no order that tells anything. Raises NotFound while too few answered."""
    row = await work.session.get(Study, study_id)
    if row is None or row.actor_id != actor.id or row.answers < max(row.floor, rules.FLOOR):
        raise NotFound
    questions = [Question.read(one) for one in row.questions]
    answers = await work.session.scalars(
        sa.select(StudyAnswer.values).where(StudyAnswer.study_id == study_id).order_by(StudyAnswer.person_hash)
    )
    found: list[list[Any]] = [[question.text for question in questions]]
    for values in answers:
        found.append([_said(question, value) for question, value in zip(questions, values, strict=False)])
    return found


def _said(question: Question, value: Any) -> Any:
    if value is None:
        return ""
    if question.kind == "one":
        return question.options[value]
    if question.kind == "many":
        return "; ".join(question.options[place] for place in value)
    return value


async def _view(work: Reading, row: Study, author: Face, viewer: Actor | None) -> StudyView:
    is_over = row.closed_at is not None or row.ends_at <= work.now
    may, has = False, False
    if viewer is not None and not is_over:
        try:
            await service.require_panel(work, viewer, row)
            may = True
        except (Forbidden, NotFound):
            may = False
        known = (row.id, service.person_hash(work, row, viewer))
        has = await work.session.get(StudyAnswer, known) is not None
    return StudyView(
        id=row.id,
        title=row.title,
        purpose=row.purpose,
        author=author,
        panel=row.panel,
        hosts=tuple(row.hosts),
        questions=tuple(Question.read(one) for one in row.questions),
        floor=row.floor,
        answers=row.answers,
        ends_at=row.ends_at,
        is_over=is_over,
        is_own=viewer is not None and viewer.id == row.actor_id,
        may_answer=may and not has,
        has_answered=has,
        idea_id=row.idea_id,
    )
