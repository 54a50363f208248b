"""What has to be done now and then, whoever asks: each job in a unit of its own, by one process at a time."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from node import timekeeping
from node.accounts import apps, sessions
from node.actors import rotation
from node.blocks import service as blocks
from node.deals import messages as deals
from node.digest import service as digest
from node.directed import service as directed
from node.emojis import service as emojis
from node.inbox import service as inbox
from node.listings import searches
from node.listings import service as listings
from node.mail import service as mail
from node.matching import running as matching
from node.media import service as media
from node.members import imports
from node.notifications import service as notifications
from node.outbox import service as outbox
from node.papers import service as papers
from node.posts import copies, counting
from node.previews import service as previews
from node.settings.model import Setting
from node.studies import service as studies
from node.webhooks import service as webhooks
from node.work import Node, Writing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """Something done at most so often. ``run`` may be done twice and must not mind."""

    name: str
    every: timedelta
    run: Callable[[Writing], Awaitable[object]]
    tidy: Callable[[Node], Awaitable[object]] | None = None
    """What is to be done after it and outside its unit, for files are in no transaction."""


JOBS = (
    Job("clock", timedelta(minutes=1), timekeeping.look),
    Job("notifications", notifications.LOOKED, notifications.ring_due),
    Job("listings", timedelta(minutes=1), listings.expire),
    Job("listing ends", timedelta(minutes=10), listings.remind),
    Job("searches", timedelta(minutes=1), searches.look),
    Job("search hits", timedelta(days=1), searches.prune),
    Job("offers", timedelta(days=1), directed.prune),
    Job("poll counts", counting.GATHERED, counting.tell),
    Job("poll ends", timedelta(minutes=1), counting.end_due),
    Job("mutes", timedelta(minutes=1), blocks.end_mutes),
    Job("deliveries", timedelta(minutes=1), outbox.rouse),
    Job("outbox", timedelta(hours=1), outbox.prune),
    Job("inbox", timedelta(hours=1), inbox.prune),
    Job("apps", timedelta(hours=1), apps.prune),
    Job("sessions", timedelta(hours=1), sessions.prune),
    Job("keys", timedelta(hours=1), rotation.prune),
    Job("letters", timedelta(hours=1), mail.prune),
    Job("emojis", timedelta(days=1), emojis.prune),
    Job("pictures", timedelta(days=1), media.prune, media.sweep),
    Job("tombstones", timedelta(days=1), copies.prune),
    Job("previews", timedelta(days=1), previews.prune),
    Job("webhooks", timedelta(hours=1), webhooks.prune),
    Job("imports", timedelta(hours=1), imports.prune),
    Job("paper links", timedelta(days=1), papers.prune),
    Job("deal links", timedelta(days=1), deals.prune),
    Job("matching", timedelta(minutes=10), matching.nightly),
    Job("matches", timedelta(days=1), matching.prune),
    Job("studies", timedelta(minutes=1), studies.close_due),
    Job("digests", timedelta(minutes=10), digest.plan),
)


class Housekeeper:
    """Runs the jobs of one node. Several processes may each have one."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._asked: dict[str, datetime] = {}

    async def work_off(self) -> int:
        """Run what is due. Returns how many jobs that were."""
        count = 0
        for job in JOBS:
            now = self._node.clock()
            asked = self._asked.get(job.name)
            if asked is not None and asked <= now < asked + job.every:
                continue
            self._asked[job.name] = now
            async with self._node.writing() as work:
                is_ours = await _claim(work, job)
            if not is_ours:
                continue
            count += 1
            try:
                async with self._node.writing() as work:
                    await job.run(work)
                if job.tidy is not None:
                    await job.tidy(self._node)
            except Exception:
                # The others still have to be done, and this one again when its time comes.
                log.exception("job_failed", job=job.name)
        return count


async def _claim(work: Writing, job: Job) -> bool:
    """Whether it is time, and nobody else's turn: the last time is a row that only one process can move on."""
    name, now = f"job {job.name}", work.now.isoformat()
    insert = work.insert(Setting)
    claimed = await work.session.execute(
        insert.values(name=name, value=now)
        .on_conflict_do_update(
            index_elements=["name"],
            set_={"value": now},
            # Done at a time that is yet to come: the clock was put back meanwhile.
            where=sa.or_(
                Setting.value <= (work.now - job.every).isoformat(), Setting.value > (work.now + job.every).isoformat()
            ),
        )
        .returning(Setting.name)
    )
    return claimed.scalar_one_or_none() is not None
