"""Who gets a paper: its two parties, here by session and elsewhere by signature, and whoever holds a link, once."""

import copy
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from federation.context import FEDERATION
from federation.errors import Refused
from node.deals.model import Deal
from node.errors import Invalid
from node.papers import cii, letterheads, printing, service
from node.papers.facts import Frame, Party, Payment, put_together
from node.papers.letterheads import Details
from node.papers.model import Paper, PaperLink
from support.deals import begin, copy_of, make_known, only_deal, put_up, take, terms
from support.nodes import Member, Nodes, RigNode
from support.papers import BASKETS, Make, a_deal
from support.peer import Peer

JOINER = Details(
    legal_name="Joiner & Sons", street="1 Osier Lane", city="Strasbourg", postal_code="67000", country="FR",
    vat_id="FR40303265045", iban="FR76 3000 6000 0112 3456 7890 189", account_holder="Joiner & Sons",
)  # fmt: skip
BAKER = Details(legal_name="Alice’s Bakery", street="2 Mill Road", city="Berlin", postal_code="10115", country="DE")


async def invoiced(a: RigNode, b: RigNode, alice: Member, bob: Member) -> tuple[Paper, Paper]:
    """Alice of A asks for baskets, Bob of B sells them: his final invoice, and her copy of it."""
    await make_known(b, bob, f"@{alice.username}@a.test")
    async with b.writing() as work:
        await letterheads.revise(work, bob.actor_id, JOINER)
    async with a.writing() as work:
        await letterheads.revise(work, alice.actor_id, BAKER)
    listing = await put_up(a, alice, purpose="request", title="50 baskets, willow", quantity=None)
    await a.settle()
    there = await begin(b, bob, await copy_of(b, a, listing), terms=terms(50))
    await a.settle()
    await take(a, alice, await only_deal(a), "accept")
    await a.settle()
    for verb in ("invoice_deposit", "confirm_paid", "invoice"):
        await take(b, bob, there, verb)
    await a.settle()
    found = []
    for node in (b, a):
        async with node.reading() as work:
            papers = list(await work.session.scalars(sa.select(Paper).order_by(Paper.id)))
            assert [paper.kind for paper in papers] == ["deposit", "invoice"]
            found.append(papers[1])
    return found[0], found[1]


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_the_two_parties_and_nobody_else(two_nodes: tuple[RigNode, RigNode]) -> None:
    a, b = two_nodes
    alice, bob = await a.member("Alice Baker"), await b.member("Bob Joiner")
    carol, officer = await a.member("Carol Weaver"), await b.member("Olga Officer", role="admin")
    issued, copied = await invoiced(a, b, alice, bob)
    amounts = [(each.net, each.tax, each.total, each.facts["prepaid"], each.payable) for each in (issued, copied)]
    assert amounts == [(70000, 14000, 84000, 25200, 58800)] * 2
    assert cii.profile(issued.facts) == "en16931"  # Bob's node knows Alice's address since she said yes

    at_bob = await b.logged_in(bob)
    own = await at_bob.open(f"/papers/{issued.id}.pdf")
    assert own.status == 200 and own.headers["Content-Type"] == "application/pdf"
    assert own.headers["Content-Disposition"] == 'attachment; filename="invoice-2026-0002.pdf"'
    assert own.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in own.headers["Cache-Control"]

    visitor = await a.logged_in(alice)
    got = await visitor.open(f"/papers/{copied.id}.pdf")
    assert got.status == 200
    assert got.body == own.body  # the very same file, fetched with Alice's signature
    text = PdfReader(BytesIO(got.body)).pages[0].extract_text()
    assert all(amount in text for amount in ("€700.00", "€140.00", "€840.00", "€252.00", "€588.00"))
    assert "Alice’s Bakery" in text and "FR40303265045" in text
    page = await visitor.open(f"/papers/{copied.id}")
    assert "€588.00" in page.text and "FR76 3000 6000 0112 3456 7890 189" in page.text
    code = await visitor.open(f"/papers/{copied.id}/code.svg")
    assert code.headers["Content-Type"] == "image/svg+xml" and b"<svg" in code.body

    await b.stop()  # kept: the other side need not be there any more
    assert (await visitor.open(f"/papers/{copied.id}.pdf")).body == own.body
    await b.serve()
    for stranger, node, id in ((carol, a, copied.id), (officer, b, issued.id)):
        elsewhere = await node.logged_in(stranger)
        for path in (f"/papers/{id}.pdf", f"/papers/{id}", f"/papers/{id}/code.svg"):
            assert (await elsewhere.open(path)).status == 404
    nobody = await b.visitor()
    assert (await nobody.open(f"/papers/{issued.id}.pdf")).status == 404
    assert (await nobody.open(f"/ap/papers/{issued.id}")).status == 404
    directory = a.app[FEDERATION].directory
    address = f"{b.base}/papers/{issued.id}.pdf"
    with pytest.raises(Refused, match="404"):
        await directory.paper(address, carol.actor_id, printing.LARGEST)
    assert (await directory.document(f"{b.base}/ap/papers/{issued.id}"))["commensal:invoice"] == issued.facts


async def test_a_link_hands_out_a_paper_once(nodes: Nodes) -> None:
    a = await nodes.start("a.test")
    bob, mara = await a.member("Bob Joiner"), await a.member("Mara Printer")
    async with a.writing() as work:
        paper = await service.issue(work, await a_deal(work, bob.actor_id, mara.actor_id, via="message"), "invoice")
        address = await service.link(work, paper)
        late = await service.link(work, paper)
    path = address.removeprefix(a.base)
    async with a.reading() as work:
        kept = await work.session.scalars(sa.select(PaperLink.token_hash))
        assert not any(path.rpartition("/")[2] in hash for hash in kept)
    visitor = await a.visitor()
    for _ in range(2):  # looking does not use it up
        page = await visitor.open(path)
        assert page.status == 200 and "€840.00" in page.text and "no-store" in page.headers["Cache-Control"]
    got = await visitor.submit(path, {}, button="Save as PDF")
    assert got.body.startswith(b"%PDF-")
    assert (await visitor.open(path)).status == 410
    a.time.forward(days=31)
    assert (await visitor.open(late.removeprefix(a.base))).status == 410
    assert (await visitor.open("/papers/by-link/" + "x" * 32)).status == 404
    async with a.writing() as work:
        await service.prune(work)
        assert await work.session.get(Paper, paper.id) is not None


async def test_what_a_seller_elsewhere_sends_is_held_against_the_agreement(
    node: RigNode, member: Make, remote: Make
) -> None:
    alice, bob = await member("alice"), await remote("bob", "b.test")
    async with node.writing() as work:
        deal = await a_deal(work, bob.id, alice.id)
        frame = Frame("invoice", "2026-7", date(2026, 5, 4), "en", deal.title, Party("Bob"), Party("Alice"), Payment())
        right = put_together(frame, BASKETS, amount=BASKETS.total)

        def said(**changes: Any) -> dict[str, Any]:
            return {
                "id": "https://b.test/ap/papers/1", "type": "Document", "url": "https://b.test/papers/1.pdf",
                "commensal:invoice": copy.deepcopy(right) | changes,
            }  # fmt: skip

        more = [{"rate": "20", "base": 71000, "amount": 14200}]
        for wrong in (
            said(total=84001), said(total=85200, net=71000, tax=14200, taxes=more, payable=85200),
            said(taxes=[{"rate": "0", "base": 84000, "amount": 0}]), said(payable=1), said(prepaid=84001),
            said(currency="USD"), said(kind="bill"), said(number=""), said(lines="x"), said(taxes=[None]),
            said(net=1.5), said(issuedOn="soon"), said(deal=None), said(kind="deposit"),
            said() | {"id": "https://c.test/1"}, said() | {"commensal:invoice": "<xml>"},
        ):  # fmt: skip
            with pytest.raises(Invalid):
                await service.receive(work, deal, wrong)
        assert await service.of_deal(work, deal.id) == []
        paper = await service.receive(work, deal, said(payment={"link": "javascript:alert(1)"}) | {"url": "http://x/"})
        assert (paper.total, paper.payable, paper.number, paper.serial) == (84000, 84000, "2026-7", None)
        assert paper.facts["payment"]["link"] == "" and paper.url == ""
        with pytest.raises(Invalid):  # a second invoice for the same
            await service.receive(work, deal, said() | {"id": "https://b.test/ap/papers/2"})
        credit = put_together(replace(frame, kind="credit", number="C1"), BASKETS, amount=80000)
        for number, is_right in (("3", True), ("4", False)):
            document = {"id": f"https://b.test/ap/papers/{number}", "commensal:invoice": credit}
            if is_right:
                assert (await service.receive(work, deal, document)).follows_id == paper.id
            else:
                with pytest.raises(Invalid):  # more than was invoiced
                    await service.receive(work, deal, document)


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_what_is_no_pdf_is_not_handed_on(nodes: Nodes, peer: Peer) -> None:
    a = await nodes.start("a.test")
    alice, sam = await a.member("Alice Baker"), peer.person("sam")
    sam_id = (await a.app[FEDERATION].directory.actor(sam.uri)).id
    async with a.writing() as work:
        deal = await a_deal(work, sam_id, alice.actor_id)
        frame = Frame("invoice", "7", date(2026, 5, 4), "en", deal.title, Party("Sam"), Party("Alice"), Payment())
        facts = put_together(frame, BASKETS, amount=BASKETS.total)
        document = {"id": f"{peer.base}/papers/1", "url": f"{peer.base}/papers/1.pdf", "commensal:invoice": facts}
        paper = await service.receive(work, deal, document)
    visitor = await a.logged_in(alice)
    for kind, body in (("application/pdf", b"<script>"), ("text/html", b"%PDF-1.7")):
        peer.documents["/papers/1.pdf"], peer.types["/papers/1.pdf"] = body, kind
        assert (await visitor.open(f"/papers/{paper.id}.pdf")).status == 404
        a.time.forward(hours=2)
    asked = next(request for request in peer.requests if request.path == "/papers/1.pdf")
    assert await peer.verify(asked) == alice.uri
    page = await visitor.open(f"/papers/{paper.id}")
    assert page.status == 200 and "€840.00" in page.text


@pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)
async def test_the_settings_and_who_stands_on_the_invoice_of_a_buyer_elsewhere(nodes: Nodes, peer: Peer) -> None:
    a = await nodes.start("a.test")
    bob, sam = await a.member("Bob Joiner"), peer.person("sam", name="Sam Elsewhere")
    sam_id = (await a.app[FEDERATION].directory.actor(sam.uri)).id
    async with a.writing() as work:
        deal = await a_deal(work, bob.actor_id, sam_id, via="message")
    visitor = await a.logged_in(bob)
    assert "Your address is not on your invoices yet" in (await visitor.open("/papers")).text
    typed = {
        "legal_name": "Joiner & Sons", "city": "Strasbourg", "country": "FR", "vat_id": "FR 40 303 265 045",
        "iban": "FR7630006000011234567890188",
    }  # fmt: skip
    wrong = await visitor.submit("/settings/papers", typed)
    assert wrong.status == 422 and "This is no IBAN" in wrong.text
    saved = await visitor.submit("/settings/papers", typed | {"iban": "FR7630006000011234567890189"})
    assert saved.path == "/settings"
    path = f"/papers/for/{deal.id}"
    page = await visitor.open(path)
    assert "Joiner & Sons" in page.text and "the address of the buyer" in page.text
    await visitor.submit(path, {"legal_name": "Sam’s Inn", "street": "3 Quay", "city": "Basel", "country": "CH"})
    assert "the address of the buyer" not in (await visitor.open(path)).text
    stranger = await a.logged_in(await a.member("Carol Weaver"))
    assert (await stranger.open(path)).status == 404
    async with a.writing() as work:
        paper = await service.issue(work, await work.session.get_one(Deal, deal.id), "invoice")
    assert paper.facts["buyer"]["name"] == "Sam’s Inn" and cii.profile(paper.facts) == "en16931"
    assert "Invoice 2026-0001" in (await visitor.open("/papers")).text
    table = await visitor.open("/papers/2026.csv")
    assert table.headers["Content-Type"].startswith("text/csv") and "2026-0001,invoice,issued" in table.body.decode()
    assert (await stranger.open("/papers/2026.csv")).body.decode().count("\n") == 1
