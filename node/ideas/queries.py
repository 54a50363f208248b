"""What the pages ask about ideas."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from node.access import OPEN, listed
from node.deals.model import Deal
from node.errors import NotFound
from node.ideas import rules
from node.ideas.model import Idea, IdeaStage
from node.listings.model import Listing
from node.posts import queries as posts
from node.posts.model import Post
from node.posts.queries import PostView
from node.posts.rules import IN_CIRCLE
from node.studies.model import Study
from node.trials.model import Trial
from node.work import Reading

PAGE = 24


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage. ``state``: done, now or empty for what is still to come."""

    name: str
    state: str
    evidence: int
    why: str
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grown:
    """Something that came of the idea: a study, a test offer, an offer or ask."""

    kind: str  # study trial offer request
    title: str
    path: str


@dataclass(frozen=True, slots=True)
class IdeaView:
    """An idea as its page shows it."""

    post: PostView
    state: str
    stage: str
    stages: tuple[StageView, ...]
    is_own: bool
    has_mentor_ask: bool
    grown: tuple[Grown, ...] = ()

    @property
    def evidence(self) -> int:
        """What the present stage has shown so far."""
        return next((stage.evidence for stage in self.stages if stage.state == "now"), 0)

    @property
    def needs_why(self) -> bool:
        """Closing the present stage takes a reason, for nothing speaks for it yet."""
        return self.stage in rules.NEEDED and self.evidence < rules.NEEDED[self.stage]


async def newest(work: Reading, viewer_id: int | None, *, actor_id: int | None = None, limit: int = PAGE) -> list[
    IdeaView
]:  # fmt: skip
    """Ideas of members, those that moved last first."""
    chosen = (
        sa.select(Idea)
        .join(Post, Post.id == Idea.post_id)
        .where(Post.deleted_at.is_(None), listed(viewer_id))
        .order_by(Idea.changed_at.desc())
        .limit(limit)
    )
    if actor_id is not None:
        chosen = chosen.where(Idea.actor_id == actor_id)
    found = (await work.session.scalars(chosen)).all()
    shown = {view.id: view for view in await posts.views(work, viewer_id, [idea.post_id for idea in found])}
    closed = await _closed(work, [idea.post_id for idea in found])
    return [
        _view(idea, shown[idea.post_id], closed.get(idea.post_id, {}), {}, viewer_id)
        for idea in found
        if idea.post_id in shown
    ]


async def one(work: Reading, viewer_id: int | None, post_id: int) -> IdeaView:
    """One idea with all that came of it. Raises Gone, NotFound as posts.queries.one."""
    post = await posts.one(work, viewer_id, post_id)
    idea = await work.session.get(Idea, post_id)
    row = await work.session.get(Post, post_id)
    if idea is None or row is None:
        raise NotFound
    closed = await _closed(work, [post_id])
    return _view(
        idea,
        post,
        closed.get(post_id, {}),
        await evidence(work, row),
        viewer_id,
        tuple(await _grown(work, viewer_id, idea)),
    )


async def of_post(work: Reading, post_id: int) -> bool:
    """Whether a post is the text of an idea."""
    return await work.session.scalar(sa.select(Idea.post_id).where(Idea.post_id == post_id)) is not None


async def evidence(work: Reading, post: Post) -> dict[str, int]:
    """What speaks for each stage: people who answered, who reserved a test offer, deals agreed, deals paid.

    Of the author's own studies and tests: what others hang on the idea counts for nothing. Nor do answers in private,
    for the number is for whoever reads the idea.
    """
    said_here = sa.and_(Post.visibility == IN_CIRCLE, Post.circle_id == post.circle_id)
    answered = await work.session.scalar(
        sa.select(sa.func.count(sa.distinct(Post.author_id))).where(
            Post.context == post.context,
            Post.id != post.id,
            Post.author_id != post.author_id,
            Post.deleted_at.is_(None),
            sa.or_(Post.visibility.in_(OPEN), said_here),
        )
    )
    studied = await work.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Study.answers), 0)).where(
            Study.idea_id == post.id, Study.actor_id == post.author_id
        )
    )
    tried = await work.session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Trial.reserved), 0)).where(
            Trial.idea_id == post.id, Trial.actor_id == post.author_id
        )
    )
    born = sa.select(Post.id).where(Post.born_of_id == post.id)
    of_trials = sa.select(Trial.post_id).where(Trial.idea_id == post.id, Trial.actor_id == post.author_id)
    agreed, paid = (
        await work.session.execute(
            sa.select(
                sa.func.count().filter(Deal.agreed_at.is_not(None)),
                sa.func.count().filter(Deal.completed_at.is_not(None)),
            ).where(
                sa.or_(Deal.born_of_id == post.id, Deal.listing_id.in_(born), Deal.listing_id.in_(of_trials)),
                Deal.seller_id == post.author_id,
            )
        )
    ).one()
    return {
        "idea": 0,
        "research": (answered or 0) + (studied or 0),
        "test": (tried or 0) + agreed,
        "pilot": agreed,
        "sale": paid,
    }


async def _closed(work: Reading, ids: Sequence[int]) -> dict[int, dict[str, IdeaStage]]:
    rows = await work.session.scalars(sa.select(IdeaStage).where(IdeaStage.post_id.in_(ids)))
    found: dict[int, dict[str, IdeaStage]] = {}
    for row in rows:
        found.setdefault(row.post_id, {})[row.stage] = row
    return found


async def _grown(work: Reading, viewer_id: int | None, idea: Idea) -> list[Grown]:
    """Studies and tests of its author alone: nobody hangs theirs on somebody else's idea."""
    post_id = idea.post_id
    studies = await work.session.execute(
        sa.select(Study.id, Study.title).where(Study.idea_id == post_id, Study.actor_id == idea.actor_id).limit(20)
    )
    trials = await work.session.execute(
        sa.select(Trial.post_id, Listing.title)
        .join(Listing, Listing.post_id == Trial.post_id)
        .join(Post, Post.id == Trial.post_id)
        .where(Trial.idea_id == post_id, Trial.actor_id == idea.actor_id, Post.deleted_at.is_(None))
        .limit(20)
    )
    taken = list(trials)
    listings = await work.session.execute(
        sa.select(Post.id, Listing.title, Listing.purpose)
        .join(Listing, Listing.post_id == Post.id)
        .where(Post.born_of_id == post_id, Post.deleted_at.is_(None), listed(viewer_id))
        .where(Post.id.not_in([id for id, _ in taken]))
        .limit(20)
    )
    return [
        *(Grown("study", title, f"/studies/{id}") for id, title in studies),
        *(Grown("trial", title, f"/tests/{id}") for id, title in taken),
        *(Grown(purpose, title, f"/posts/{id}") for id, title, purpose in listings),
    ]


def _view(
    idea: Idea,
    post: PostView,
    closed: dict[str, IdeaStage],
    evidence: dict[str, int],
    viewer_id: int | None,
    grown: tuple[Grown, ...] = (),
) -> IdeaView:
    stages = []
    for name in rules.STAGES:
        row = closed.get(name)
        state = "done" if row else "now" if name == idea.stage and idea.state == "open" else ""
        stages.append(
            StageView(
                name,
                state,
                row.evidence if row else evidence.get(name, 0),
                row.why if row else "",
                row.closed_at if row else None,
            )
        )
    return IdeaView(
        post=post,
        state=idea.state,
        stage=idea.stage,
        stages=tuple(stages),
        is_own=idea.actor_id == viewer_id,
        has_mentor_ask=idea.mentor_ask_id is not None,
        grown=grown,
    )
