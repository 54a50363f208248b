"""Somebody asks to quote one of ours, and anybody can see that they may."""

from node.actors.model import Actor
from node.posts import service
from node.posts.service import Draft
from support.inbound import say
from support.nodes import RigNode
from support.peer import Peer


async def test_what_is_public_may_be_quoted(home: RigNode, alice: Actor, peer: Peer) -> None:
    async with home.writing() as work:
        post = await service.publish(work, alice, Draft("Good oak"))
        secret = await service.publish(work, alice, Draft("For few", visibility="followers"))
    bob, eve = peer.person("bob"), peer.person("eve")
    note = peer.note(bob, "<p>Look</p>", quote=post.uri)
    question = peer.activity(bob, "QuoteRequest", post.uri, instrument=note)
    assert await say(home, peer, bob, question) == "done"
    answer = peer.activities("Accept")[-1]
    assert (answer["object"]["id"], answer["object"]["instrument"]) == (question["id"], note["id"])
    stamp = (await peer.get(answer["result"])).json
    assert stamp["type"] == "QuoteAuthorization"
    assert (stamp["interactingObject"], stamp["interactionTarget"], stamp["attributedTo"]) == (
        note["id"], post.uri, alice.uri,
    )  # fmt: skip
    stranger = peer.activity(eve, "QuoteRequest", secret.uri, instrument=peer.uri())
    assert await say(home, peer, eve, stranger) == "ignored"
    forged = peer.activity(eve, "QuoteRequest", post.uri, instrument="http://q.test/1")
    assert await say(home, peer, eve, forged) == "refused"
    for wrong in ("x", "____", "aHR0cDovL2I"):
        assert (await peer.get(f"{post.uri}/quotes/{wrong}")).status in (200, 404)
    async with home.writing() as work:
        await service.withdraw(work, await work.session.get_one(Actor, alice.id), post.id)
    assert (await peer.get(answer["result"])).status == 404
