"""What goes to whom by the program they run, and who follows from where, told to nobody else."""

import sqlalchemy as sa

from node.actors.model import Actor
from node.follows import service as follows
from node.outbox import service as outbox
from node.outbox.model import Delivery
from node.outbox.service import Audience
from node.peers.model import Peer as PeerRow
from support.inbound import Members
from support.nodes import RigNode
from support.peer import Peer


async def _meet(home: RigNode, alice: Actor, peer: Peer, software: str) -> Actor:
    """Somebody at the peer who follows alice."""
    person = peer.person("bob")
    await peer.send(person, f"{home.base}/ap/inbox", peer.activity(person, "Follow", alice.uri))
    await home.settle()
    async with home.writing() as work:
        await work.session.execute(sa.update(PeerRow).where(PeerRow.host == peer.host).values(software=software))
        bob = await work.session.scalar(sa.select(Actor).where(Actor.uri == person.uri))
        assert bob is not None
        if (row := await follows.between(work, bob.id, alice.id)) is not None and row.state == "asked":
            await follows.accept(work, alice, bob)
    await home.settle()
    return bob


async def test_a_block_is_not_shown_to_who_would_misread_it(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob = await _meet(home, alice, peer, "lemmy")
    block = {"type": "Block", "object": bob.uri, "to": [bob.uri], "id": f"{alice.uri}#block"}
    undo = {"type": "Undo", "object": {**block, "actor": alice.uri}, "to": [bob.uri]}
    async with home.writing() as work:
        before = await work.session.scalar(sa.select(sa.func.count()).select_from(Delivery))
        for activity in (block, undo):
            await outbox.publish(work, alice, activity, Audience(actors=[bob.id]))
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == before


async def test_who_follows_is_told_to_their_own_host_alone(
    home: RigNode, alice: Actor, member: Members, peer: Peer
) -> None:
    bob = await _meet(home, alice, peer, "mastodon")
    dora = await member(home, "dora")
    async with home.writing() as work:
        await follows.follow(work, dora, alice)
    address = f"{alice.uri}/followers_synchronization"
    unsigned = await peer.get(address)
    assert unsigned.status == 401
    assert "@target-uri" in unsigned.headers["Accept-Signature"]
    answer = await peer.get(address, signer=peer.people["bob"])
    assert answer.status == 200
    assert answer.json["orderedItems"] == [bob.uri]
    assert "no-store" in answer.headers["Cache-Control"]
