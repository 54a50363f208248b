"""Two running nodes of the rig: they find each other by made-up names, and a member can log in."""

from support.nodes import PASSWORD, RigNode
from support.peer import Peer


async def test_two_nodes_answer_at_their_own_names(two_nodes: tuple[RigNode, RigNode], peer: Peer) -> None:
    for node, letter in zip(two_nodes, "AB", strict=True):
        office = await peer.get(f"{node.base}/ap/actors/office")
        assert office.json["id"] == f"{node.base}/ap/actors/office"
        assert office.json["name"] == f"Association {letter}"


async def test_a_member_logs_in_without_javascript(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, _ = two_nodes
    alice = await a.member("Alice Baker")
    visitor = await a.visitor()
    refused = await visitor.log_in("alice", "not this one")
    assert (refused.status, refused.path) == (422, "/login")
    page = await visitor.log_in("alice", PASSWORD)
    assert page.path != "/login"
    assert (await (await a.logged_in(alice)).open("/settings")).status == 200


async def test_a_node_that_was_off_hears_what_it_missed(two_nodes: tuple[RigNode, RigNode], peer: Peer) -> None:
    a, _ = two_nodes
    sam = peer.person("sam")
    follow = peer.activity(sam, "Follow", f"{a.base}/ap/actors/office")
    assert (await peer.send(sam, f"{a.base}/ap/inbox", follow)).status == 202
    await a.stop()
    await a.serve()
    await a.settle()
    assert [activity["type"] for activity in peer.activities()] == ["Accept"]
    assert await peer.verify(peer.received[0]) == f"{a.base}/ap/actors/office"
