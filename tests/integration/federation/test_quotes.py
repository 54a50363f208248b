"""Quotes: the author of what is quoted says yes, or no, or no longer; between two nodes and with other programs."""

from typing import Any

import pytest

from federation import lookup
from federation.routes import FEDERATION
from node.actors.model import Actor
from node.errors import Invalid
from node.posts import consents, queries, service
from node.posts.model import Post
from node.posts.service import Draft
from support.inbound import Members, post_of, say
from support.nodes import Nodes, RigNode
from support.peer import PUBLIC, Peer


async def view(node: RigNode, viewer: Actor, uri: str) -> queries.PostView:
    async with node.reading() as work:
        id = await queries.id_by_uri(work, uri)
        assert id is not None
        return await queries.one(work, viewer.id, id)


async def write(node: RigNode, author: Actor, text: str, **more: Any) -> Post:
    async with node.writing() as work:
        me = await work.session.get_one(Actor, author.id)
        return await service.publish(work, me, Draft(text, **more))


async def test_what_is_public_may_be_quoted(home: RigNode, alice: Actor, peer: Peer) -> None:
    post = await write(home, alice, "Good oak")
    secret = await write(home, alice, "For few", visibility="followers")
    hers = await write(home, alice, "Not to be shown around", may_quote="nobody")
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
    # Nobody here follows him, yet whose words he shows should see it, and may not like it.
    assert await say(home, peer, bob, peer.activity(bob, "Create", note, to=[PUBLIC])) == "done"
    assert (await view(home, alice, note["id"])).quote_state == "accepted"
    stranger = peer.activity(eve, "QuoteRequest", secret.uri, instrument=peer.uri())
    assert await say(home, peer, eve, stranger) == "ignored"
    forged = peer.activity(eve, "QuoteRequest", post.uri, instrument="http://q.test/1")
    assert await say(home, peer, eve, forged) == "refused"
    for wrong in ("x", "____", "aHR0cDovL2I"):
        assert (await peer.get(f"{post.uri}/quotes/{wrong}")).status in (200, 404)

    # Who asks to be quoted by nobody is not, by programs that ask and by those that do not.
    assert (await peer.get(hers.uri)).json["interactionPolicy"]["canQuote"]["automaticApproval"] == [alice.uri]
    asking = peer.activity(bob, "QuoteRequest", hers.uri, instrument=peer.uri())
    assert await say(home, peer, bob, asking) == "done"
    assert peer.activities("Reject")[-1]["object"]["id"] == asking["id"]
    unasked = peer.note(bob, "<p>Ha</p>", quoteUri=hers.uri, to=[PUBLIC, alice.uri])
    assert await say(home, peer, bob, peer.activity(bob, "Create", unasked)) == "done"
    assert (await view(home, alice, unasked["id"])).quote_state == "refused"

    async with home.writing() as work:
        await service.withdraw(work, await work.session.get_one(Actor, alice.id), post.id)
    assert (await peer.get(answer["result"])).status == 404


async def test_a_member_asks_and_waits_for_the_yes(home: RigNode, alice: Actor, peer: Peer) -> None:
    eve = peer.person("eve")
    policy = {"canQuote": {"automaticApproval": [eve.uri], "manualApproval": [PUBLIC]}}
    hers = peer.note(eve, "<p>Slow wood</p>", interactionPolicy=policy)
    closed = peer.note(eve, "<p>Mine</p>", interactionPolicy={"canQuote": {"automaticApproval": [eve.uri]}})
    remote = home.app[FEDERATION].directory
    id = await lookup.fetch_post(home, remote, hers["id"])
    refused = await lookup.fetch_post(home, remote, closed["id"])
    # GoToSocial has policies, none of them for quotes, and answers 500 to the question.
    anyone = {"always": [PUBLIC], "approvalRequired": []}
    unheard_of = peer.note(eve, "<p>Sloth</p>", interactionPolicy={"canLike": anyone, "canReply": anyone})
    for unwilling in (refused, await lookup.fetch_post(home, remote, unheard_of["id"])):
        with pytest.raises(Invalid):
            await write(home, alice, "As she says", quoted_id=unwilling)
    assert peer.activities("QuoteRequest") == []
    post = await write(home, alice, "As she says", quoted_id=id)
    await home.settle()
    asked = peer.activities("QuoteRequest")[-1]
    assert (asked["object"], asked["instrument"], asked["to"]) == (hers["id"], post.uri, [eve.uri])
    said = (await peer.get(post.uri)).json
    assert said["quote"] == hers["id"]
    assert said["content"].startswith('<p class="quote-inline">RE: <a href=')
    assert not {"quoteUri", "_misskey_quote", "quoteAuthorization"} & said.keys(), "she has not agreed yet"
    assert (await view(home, alice, post.uri)).quote_state == "asked"

    stamp = peer.uri("stamps")
    for by, result in ((peer.person("mallory"), stamp), (eve, "http://q.test/stamp")):
        answer = peer.activity(by, "Accept", asked["id"], result=result)
        assert await say(home, peer, by, answer) == "ignored", "only she can agree, on her own server"
    assert await say(home, peer, eve, peer.activity(eve, "Accept", asked, result=stamp)) == "done"
    said = (await peer.get(post.uri)).json
    assert (said["quoteAuthorization"], said["_misskey_quote"]) == (stamp, hers["id"])
    assert peer.activities("Update") == [], "nobody there has the post"
    shown = await view(home, alice, post.uri)
    assert shown.quoted is not None and "Slow wood" in shown.quoted.content

    gone = peer.activity(eve, "Delete", {"type": "QuoteAuthorization", "id": stamp})
    assert await say(home, peer, eve, gone) == "done"
    assert (await view(home, alice, post.uri)).quote_state == "withdrawn"
    assert not {"quote", "quoteAuthorization"} & (await peer.get(post.uri)).json.keys()


async def test_a_quote_of_others_is_shown_once_its_author_agrees(home: RigNode, alice: Actor, peer: Peer) -> None:
    bob, eve = peer.person("bob"), peer.person("eve")
    policy = {"canQuote": {"automaticApproval": [PUBLIC]}}
    hers = peer.note(eve, "<p>Slow wood</p>", interactionPolicy=policy)
    for is_genuine in (True, False):
        uri, stamp = peer.uri(), peer.uri("stamps")
        peer.documents[stamp.removeprefix(peer.base)] = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "QuoteAuthorization",
            "id": stamp,
            "attributedTo": eve.uri if is_genuine else bob.uri,
            "interactingObject": uri,
            "interactionTarget": hers["id"],
        }
        note = peer.note(bob, "<p>So</p>", quote=hers["id"], quoteAuthorization=stamp, to=[PUBLIC, alice.uri], id=uri)
        assert await say(home, peer, bob, peer.activity(bob, "Create", note)) == "done"
        shown = await view(home, alice, uri)
        assert (shown.quoted is not None, shown.quote_state) == (is_genuine, "accepted" if is_genuine else "asked")


async def test_members_of_two_nodes_quote_each_other(nodes: Nodes, member: Members) -> None:
    a, b = await nodes.start("a.test"), await nodes.start("b.test")
    alice, bob = await member(a, "alice"), await member(b, "bob")
    hers = await write(a, alice, "Good oak")
    id = await lookup.fetch_post(b, b.app[FEDERATION].directory, hers.uri)
    his = await write(b, bob, f"@alice@{a.base.removeprefix('http://')} look", quoted_id=id)
    await b.settle()
    for node, reader in ((a, alice), (b, bob)):
        shown = await view(node, reader, his.uri)
        assert (shown.quote_state, shown.quoted is not None) == ("accepted", True)
        assert "RE:" not in shown.content
    there = await post_of(a, his.uri)
    assert there is not None
    async with a.writing() as work:
        me = await work.session.get_one(Actor, alice.id)
        await consents.take_back(work, me, hers.id, there.id)
    await a.settle()
    for node, reader in ((a, alice), (b, bob)):
        assert (await view(node, reader, his.uri)).quoted is None
    assert (await view(b, bob, his.uri)).quote_state == "withdrawn"
