"""How the node is: whether its database answers with the right schema, and how much waits to be done."""

import sqlalchemy as sa

from node.errors import Unavailable
from node.inbox.model import WAITING, Received
from node.mail.model import Letter
from node.migrate import newest
from node.outbox.model import Delivery, Fanout
from node.peers.model import Peer
from node.words import N_
from node.work import Reading


async def check(work: Reading) -> None:
    """Raises Unavailable when this program should not be sent any requests."""
    found = await work.session.scalar(sa.text("SELECT version_num FROM alembic_version"))
    if found != newest():
        raise Unavailable(N_("The database has another schema than this program needs."))


async def queues(work: Reading) -> dict[str, int]:
    """What waits, by kind, for the operator's graphs."""
    counts = {
        # By host, for that is how they are indexed; every host they go to is known.
        "deliveries": sa.select(sa.func.count())
        .select_from(Delivery)
        .where(Delivery.host.in_(sa.select(Peer.host)), Delivery.state == "waiting"),
        "fanouts": sa.select(sa.func.count()).select_from(Fanout),
        "inbox": sa.select(sa.func.count()).select_from(Received).where(sa.text(WAITING)),
        "letters": sa.select(sa.func.count()).select_from(Letter).where(Letter.state == "waiting"),
        "failing_peers": sa.select(sa.func.count()).select_from(Peer).where(Peer.failing_since.is_not(None)),
    }
    row = (await work.session.execute(sa.select(*(query.scalar_subquery() for query in counts.values())))).one()
    return dict(zip(counts, (int(number or 0) for number in row), strict=True))
