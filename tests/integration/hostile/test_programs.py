"""What apps and the office's own programs may type: odd addresses and numbers are refused, and nothing breaks."""

import pytest

from node.accounts import tokens
from node.actors.model import Actor
from node.errors import Invalid
from node.polls.rules import PollDraft
from node.posts import service as posts
from node.push import sealing
from node.push import service as push
from support.nodes import Nodes
from support.peer import Peer

ODD = ["https://[", "https://[::1", "https://[zz]/", "https://a b/", "http:///", "javascript:alert(1)", "https://x:y/"]


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_odd_addresses_and_numbers_break_nothing(nodes: Nodes) -> None:
    target = await nodes.start("a.test")
    alice, bob = await target.member("Alice Baker", role="admin"), await target.member("Bob Other")
    key, secret = sealing.public_point(sealing.new_key()), sealing.encode(b"0123456789abcdef")
    async with target.writing() as work:
        _, token_id = await tokens.make_row(work, alice.account_id, "App", ["push"], None)

        async def subscribe(endpoint: str) -> None:
            await push.subscribe(
                work, token_id, alice.account_id, endpoint, key, secret, is_standard=True, alerts=[], policy="all"
            )

        await subscribe("https://push.test/x")
        for odd in ODD:
            with pytest.raises(Invalid):
                await subscribe(odd)
        me = await work.session.get_one(Actor, alice.actor_id)
        asked = await posts.publish(work, me, posts.Draft("Which?", poll=PollDraft(("One", "Two"))))
        path = f"/@alice/{asked.id}"
    office = await target.logged_in(alice)
    page = await office.open("/office/programs")
    for odd in ODD:
        form = page.form("/office/programs", with_field="url")
        assert (await office.send(page, form, {"url": odd, "events": "member.joined"})).status == 422, odd
    reader = await target.logged_in(bob)
    page = await reader.open(path)
    for choice in ("9" * 5000, "9" * 30, "-1", "²"):
        assert (await reader.send(page, page.form("/vote"), {"choice": choice})).status == 200, choice


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_a_picture_that_is_none_is_not_asked_for_by_every_look(nodes: Nodes, peer: Peer) -> None:
    target = await nodes.start("a.test")
    peer.person("sam", icon={"type": "Image", "url": f"{peer.base}/face.png"})
    peer.documents["/face.png"] = b"no picture at all"
    sam = await target.worker.directory.find(f"@sam@{peer.host}")
    stranger = await target.visitor()

    async def asked() -> int:
        for _ in range(5):
            assert (await stranger.open(f"/media/faces/{sam.id}")).status == 200
        return sum(request.path == "/face.png" for request in peer.requests)

    assert await asked() == 1
    target.time.forward(minutes=11)
    assert await asked() == 2
