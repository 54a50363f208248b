"""One node with its pages, at http://a.test."""

import pytest

from support.nodes import Nodes, RigNode


@pytest.fixture
async def node(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")
