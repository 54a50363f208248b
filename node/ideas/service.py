"""Ideas of members: begun as an article, taken from stage to stage, with a word about each to those who follow it."""

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.errors import Conflict, NotFound
from node.ideas import queries, rules
from node.ideas.model import Idea, IdeaStage
from node.listings import service as listings
from node.listings.service import Draft as ListingDraft
from node.posts import service as posts
from node.posts.model import Post
from node.posts.service import Draft
from node.translations import SOURCE, catalogue
from node.words import N_
from node.work import Writing

Act = Callable[[Writing, Actor, int], Awaitable[Any]]
"""What the author of an idea does with it, by its post's key."""


async def begin(work: Writing, actor: Actor, title: str, text: str, *, language: str | None = None) -> Post:
    """Put an idea on the table for everybody to read. Raises Invalid as posts.publish."""
    draft = Draft(text=text, title=title, lens="business", language=language)
    post = await posts.publish(work, actor, draft)
    work.session.add(Idea(post_id=post.id, actor_id=actor.id, created_at=work.now, changed_at=work.now))
    await work.session.flush()
    return post


async def close_stage(work: Writing, actor: Actor, post_id: int, why: str = "") -> Idea:
    """Close the stage the idea is in, with its evidence or a reason. Raises Invalid (``why``), Conflict, NotFound."""
    idea, post = await _own(work, actor, post_id)
    _require_open(idea)
    stage = idea.stage
    evidence = (await queries.evidence(work, post)).get(stage, 0)
    idea.stage = rules.close(stage, evidence, why)
    idea.changed_at = work.now
    if idea.stage == rules.DONE:
        idea.state = "done"
    work.session.add(IdeaStage(post_id=post_id, stage=stage, evidence=evidence, why=why.strip(), closed_at=work.now))
    await _tell(work, actor, post, _words(post.language, stage, idea.stage, evidence))
    await work.session.flush()
    return idea


async def drop(work: Writing, actor: Actor, post_id: int) -> Idea:
    """Let it go; what was learned stays to be read."""
    idea, post = await _own(work, actor, post_id)
    _require_open(idea)
    idea.state, idea.changed_at = "dropped", work.now
    say = catalogue((post.language or SOURCE).partition("-")[0]).gettext
    await _tell(work, actor, post, say(N_("I am letting this idea go. Thank you all for looking at it.")))
    await work.session.flush()
    return idea


async def look_for_mentor(work: Writing, actor: Actor, post_id: int, words: str) -> Post:
    """Ask, here and at other associations, for somebody who has done such a thing. Raises Conflict, Invalid."""
    idea, post = await _own(work, actor, post_id)
    _require_open(idea)
    if idea.mentor_ask_id is not None:
        raise Conflict(N_("You are looking for a mentor already."))
    say = catalogue((post.language or SOURCE).partition("-")[0]).gettext
    title = (say(N_("A mentor for: %(title)s")) % {"title": post.title})[:120]
    ask = await listings.publish(
        work,
        actor,
        ListingDraft(
            purpose="request", title=title, text=words, category="help", born_of_id=post_id, language=post.language
        ),
    )
    idea.mentor_ask_id, idea.changed_at = ask.id, work.now
    await work.session.flush()
    return ask


async def _own(work: Writing, actor: Actor, post_id: int) -> tuple[Idea, Post]:
    row = (
        await work.session.execute(
            sa.select(Idea, Post)
            .join(Post, Post.id == Idea.post_id)
            .where(Idea.post_id == post_id, Idea.actor_id == actor.id, Post.deleted_at.is_(None))
            .with_for_update()
        )
    ).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def _require_open(idea: Idea) -> None:
    if idea.state != "open":
        raise Conflict(N_("This idea has come to its end already."))


def _words(language: str | None, stage: str, then: str, evidence: int) -> str:
    say = catalogue((language or SOURCE).partition("-")[0]).gettext
    name = say(rules.STAGES[stage])
    if then == rules.DONE:
        return say(N_("This idea has made its first sale.") if evidence else N_("This idea has come to its end."))
    return say(N_("“%(stage)s” is behind this idea; next comes “%(then)s”.")) % {
        "stage": name,
        "then": say(rules.STAGES[then]),
    }


async def _tell(work: Writing, actor: Actor, post: Post, words: str) -> None:
    await posts.publish(work, actor, Draft(text=words, lens="business", parent_id=post.id, language=post.language))
