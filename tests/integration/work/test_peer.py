"""The scripted peer itself: what it signs can be verified, what is tampered with cannot."""

import pytest

from support.clock import Clock
from support.network import Network
from support.peer import Peer


async def test_peers_send_to_each_other_and_verify(peer: Peer, network: Network, clock: Clock) -> None:
    other = Peer("q.test", network, clock)
    await other.open()
    try:
        sam, ann = peer.person("sam"), other.person("ann")
        answer = await peer.send(sam, f"{ann.uri}/inbox", peer.activity(sam, "Follow", ann.uri))
        assert answer.status == 202
        assert await other.verify(other.received[0]) == sam.uri
        assert other.activities("Follow")[0]["object"] == ann.uri

        await peer.send(sam, f"{ann.uri}/inbox", {}, headers={"date": "Mon, 04 May 2026 08:00:00 GMT"})
        with pytest.raises(AssertionError, match="false"):
            await other.verify(other.received[1])
    finally:
        await other.close()


async def test_a_peer_answers_as_it_is_told(peer: Peer) -> None:
    sam = peer.person("sam")
    for status in (202, 410, 503):
        peer.answer = status
        assert (await peer.send(sam, f"{peer.base}/inbox", {})).status == status
    peer.answer = lambda request: 200 if b"hello" in request.body else 401
    assert (await peer.send(sam, f"{peer.base}/inbox", {"content": "hello"})).status == 200
    assert (await peer.send(sam, f"{peer.base}/inbox", {})).status == 401
    found = await peer.get(f"{peer.base}/.well-known/webfinger?resource=acct:sam@p.test", accept="*/*")
    assert found.json["links"][0]["href"] == sam.uri
