"""A step of a deal gets its author's proof for good: the bytes that are sent, served and kept are the same ones."""

import orjson
import sqlalchemy as sa

from federation.directory import Directory
from federation.sealing import Sealer
from node.deals.model import DealStep
from node.outbox.model import Activity
from node.work import Node


async def seal(node: Node, remote: Directory, step_id: int) -> None:
    """Also after a change of keys it then carries the proof by the key of its time."""
    async with node.reading() as work:
        step = await work.session.get(DealStep, step_id)
        found = None
        if step is not None:
            found = await work.session.scalar(sa.select(Activity).where(Activity.uri == step.activity_uri))
    if step is None or found is None or "proof" in orjson.loads(found.document):
        return
    body = (await Sealer(remote).seal(found)).decode()
    async with node.writing() as work:
        (await work.session.get_one(Activity, found.id)).document = body
        (await work.session.get_one(DealStep, step.id)).body = body
