"""Nodes for tests: the real program, opened on a fresh database, with a clock that the test moves."""

from node.config import Config
from node.work import Node
from support.clock import Clock


class RigNode(Node):
    """A node whose clock stands still until the test moves it."""

    def __init__(self, config: Config, clock: Clock) -> None:
        super().__init__(config, clock=clock)
        self.time = clock


async def open_node(config: Config, clock: Clock) -> RigNode:
    """Open a node on a database that is at the newest schema."""
    node = RigNode(config, clock)
    await node.open()
    return node
