"""A deal is between two: no page, app, server, search or stream shows anything of it to anybody else."""

from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from node.accounts import scopes, tokens
from node.deals import queries
from node.outbox.model import Activity
from support.app import App
from support.deals import begin, copy_of, make_known, only_deal, put_up, seen, take, terms
from support.nodes import Member, Nodes, RigNode
from support.peer import Peer
from support.said import activities

SECRET = "quixotically"


async def app_of(node: RigNode, who: Member) -> App:
    async with node.writing() as work:
        token = await tokens.make(work, who.account_id, "Phone", scopes.read("read write"))
    visitor = await node.visitor()
    return App("a.test" if node.base == "http://a.test" else "b.test", visitor._port, token)


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_nobody_else_sees_anything_of_a_deal(nodes: Nodes, peer: Peer) -> None:
    a, b = await nodes.start("a.test"), await nodes.start("b.test")
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    carol, officer = await b.member("Carol Weaver"), await b.member("Olga Officer", role="admin")
    await make_known(a, alice, "@bob@b.test")
    listing = await put_up(b, bob)
    await a.settle()
    with b.bus.listen(carol.account_id, officer.account_id) as others, b.bus.listen(bob.account_id) as his:
        here = await begin(a, alice, await copy_of(a, b, listing), words=f"Tell me {SECRET}")
        await a.settle()
        there = await only_deal(b)
        await take(b, bob, there, "quote", terms=terms(5, note=SECRET), words=SECRET)
        await a.settle()
        await take(a, alice, here, "agree")
        await a.settle()
        await take(b, bob, there, "deliver", words=SECRET)
        await a.settle()
        assert others.empty()
        assert "deals" in [his.get_nowait() for _ in range(his.qsize())]
    agreement = (await seen(b, bob, there)).agreement_uri
    assert agreement is not None
    # Pages and apps: other members and officers, and visitors.
    for who in (carol, officer):
        visitor = await b.logged_in(who)
        for path in (f"/deals/{there}", f"/deals/{there}/evidence", f"/deals/{there}/quote", f"/deals/{there}/agree"):
            assert (await visitor.open(path)).status == 404
        for path in ("/deals", "/today", "/notifications", f"/search?q={SECRET}", "/@bob", f"/posts/{listing}"):
            assert SECRET not in (await visitor.open(path)).text
        app = await app_of(b, who)
        async with app._session.get(f"{app._base}/api/commensal/v1/deals/{there}") as answer:
            assert answer.status == 404
        for path, query in (
            ("/api/commensal/v1/deals", {}),
            ("/api/v2/search", {"q": SECRET}),
            ("/api/v1/notifications", {}),
            ("/api/v1/timelines/home", {}),
            ("/api/v1/timelines/public", {}),
            ("/api/v1/conversations", {}),
        ):
            assert SECRET not in str(await app.get(path, **query))
        await app.close()
    guest = await b.visitor()
    assert (await guest.open(f"/deals/{there}")).path.startswith("/login")
    # Other servers: with and without a signature, of another host and of somebody else on it.
    mary = peer.person("mary")
    async with b.reading() as work:
        said = list(await work.session.scalars(sa.select(Activity).where(Activity.object_uri.startswith("deal:"))))
    notes = [document["object"]["id"] for document in await activities(b) if SECRET in str(document) and document["type"] == "Create"]  # fmt: skip  # noqa: E501
    addresses = [agreement, *(activity.uri for activity in said), *notes, (await seen(b, bob, there)).uri]
    assert len(addresses) > 4
    for address in addresses:
        for signer in (None, mary):
            answer = await peer.get(address.replace("http://a.test", b.base), signer=signer)
            assert answer.status == 404, (address, answer.body)
    for path in ("outbox", "outbox?page=true", "offers", "followers", "featured"):
        answer = await peer.get(f"{bob.uri}/{path}", signer=mary)
        assert SECRET not in answer.body.decode(), path
        assert "Agreement" not in answer.body.decode(), path
    assert SECRET not in (await peer.get(f"{b.base}/actor/outbox")).body.decode()
    assert urlsplit(agreement).path.startswith("/ap/agreements/")
    # And the two find everything.
    async with b.reading() as work:
        assert SECRET in str(await queries.evidence(work, bob.actor_id, there))
