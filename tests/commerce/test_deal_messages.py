"""Somebody with nothing but an account on a microblog sells and buys: by private notes with a link of their own."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from node.actors.model import Actor
from node.blocks import service as blocks
from node.deals import messages, queries
from node.deals.model import DealLink
from node.listings import service as listings
from node.money import Money
from node.posts import queries as posts
from support.nodes import Member, Nodes, RigNode
from support.peer import Peer, Person

pytestmark = pytest.mark.parametrize("nodes", ["sqlite"], indirect=True)

TERMS = {
    "lines-0-name": "Labels for baskets",
    "lines-0-quantity": "50",
    "lines-0-price": "0.40",
    "words": "Blue ones, please. @eve@p.test need not know.",
}


@pytest.fixture
async def home(nodes: Nodes) -> RigNode:
    return await nodes.start("a.test")


async def put_up(node: RigNode, member: Member, purpose: str, **values: Any) -> tuple[int, str]:
    async with node.writing() as work:
        actor = await work.session.get_one(Actor, member.actor_id)
        post = await listings.publish(work, actor, listings.Draft(purpose, "Labels for 50 baskets", "Soon.", **values))
    return post.id, post.uri


async def answer(home: RigNode, peer: Peer, mara: Person, parent: str, to: list[str], text: str) -> int:
    note = peer.note(mara, text, to=to, inReplyTo=parent)
    found = await peer.send(mara, f"{home.base}/ap/inbox", peer.activity(mara, "Create", note))
    assert found.status == 202
    await home.settle()
    async with home.reading() as work:
        id = await posts.id_by_uri(work, note["id"])
    assert id is not None
    return id


def letters(peer: Peer) -> list[dict[str, Any]]:
    return [activity["object"] for activity in peer.activities("Create")]


def link_in(note: dict[str, Any]) -> str:
    found = re.search(r'href="http://a\.test(/deals/by-link/[^"]+)"', note["content"])
    assert found is not None, note["content"]
    return found[1]


async def test_a_microblogger_is_asked_agrees_delivers_and_is_paid(home: RigNode, peer: Peer) -> None:
    alice, mara = await home.member("Alice Baker"), peer.person("mara")
    ask, uri = await put_up(home, alice, "request")
    await answer(home, peer, mara, uri, [alice.uri], f'<p><a href="{alice.uri}">@alice</a> I can design labels.</p>')
    browser = await home.logged_in(alice)

    page = await browser.open(f"/posts/{ask}")
    page = await browser.submit(page.link("Suggest terms"), TERMS, button="Send it")
    here = page.path
    await home.settle()
    note = letters(peer)[-1]
    # Private, to her alone, a mention so that her program shows it; whom the words name gets nothing.
    assert note["to"] == [mara.uri]
    assert not note.get("cc")
    assert [tag["href"] for tag in note["tag"] if tag["type"] == "Mention"] == [mara.uri]
    assert "20 EUR" in note["content"]
    assert "Blue ones, please." in note["content"]

    guest = await home.visitor()
    page = await guest.open(link_in(note))
    assert page.status == 200
    assert "€20.00" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]

    # Words are no yes.
    await answer(home, peer, mara, note["id"], [alice.uri], "<p>Yes, I agree, agreed, deal!</p>")
    async with home.reading() as work:
        assert (await queries.one(work, alice.actor_id, int(here.rpartition("/")[2]))).state == "quoted"

    page = await guest.submit(f"{link_in(note)}/agree", {}, action="/agree$", button="Yes, I agree")
    async with home.reading() as work:
        deal = await queries.one(work, alice.actor_id, int(here.rpartition("/")[2]))
    assert deal.state == "agreed"
    assert any("Yes, I agree" in step.words for step in deal.steps)
    await home.settle()
    settled = letters(peer)[-1]
    assert "settled between you" in settled["content"]
    assert settled["inReplyTo"]

    own = link_in(settled)
    await guest.submit(f"{own}/deliver", {}, action="/deliver$", button="It is delivered")
    await guest.submit(f"{own}/invoice", {}, action="/invoice$", button="I have sent it")
    await browser.submit(f"{here}/claim_paid", {"amount": "20.00"}, action="/claim_paid$", button="I have paid this")
    await guest.submit(f"{own}/confirm_paid", {"amount": "20.00"}, action="/confirm_paid$", button="This has arrived")
    page = await guest.submit(f"{own}/receipt", {}, action="/receipt$", button="Yes, all is done")
    assert "Done: delivered, paid" in page.text
    assert "Done: delivered, paid" in (await browser.open(here)).text


async def test_a_link_is_for_its_deal_its_terms_and_once(home: RigNode, peer: Peer) -> None:
    bob, mara = await home.member("Bob Joiner"), peer.person("mara")
    offer, uri = await put_up(home, bob, "offer", terms="price", price=Money(40, "EUR"))
    await answer(home, peer, mara, uri, [bob.uri], f'<p><a href="{bob.uri}">@bob</a> Fifty of them?</p>')
    async with home.reading() as work:
        author = (await posts.thread(work, bob.actor_id, offer)).after[0].author
    browser = await home.logged_in(bob)
    here = (await browser.submit(f"/deals/new?listing={offer}&with={author.id}", TERMS, button="Send the quote")).path
    await home.settle()
    first = link_in(letters(peer)[-1])
    await browser.submit(f"{here}/quote", {"lines-0-price": "0.50"}, button="Send it")
    await home.settle()
    second = link_in(letters(peer)[-1])
    assert first != second

    guest = await home.visitor()
    # The older link shows how it stands, but its terms are gone: it agrees to nothing.
    page = await guest.submit(f"{first}/agree", {}, action="/agree$", button="Yes, I agree")
    assert page.status == 422
    assert "The terms have changed" in page.text
    page = await guest.submit(f"{second}/decline", {"words": "Too dear."}, button="Say no")
    assert "declined" in page.text
    assert (await guest.open("/deals/by-link/" + "x" * 32)).status == 404
    assert (await guest.open(here)).path == "/login"
    # Who keeps them away keeps the deal from them, too; and links that ran out are forgotten.
    async with home.writing() as work:
        people = [await work.session.get_one(Actor, id) for id in (bob.actor_id, author.id)]
        await blocks.block(work, *people)
    assert (await guest.open(second)).status == 410
    home.time.forward(days=61)
    async with home.writing() as work:
        await messages.prune(work)
        assert await work.session.scalar(sa.select(sa.func.count()).select_from(DealLink)) == 0


async def test_who_says_stop_gets_no_more_notes(home: RigNode, peer: Peer) -> None:
    bob, mara = await home.member("Bob Joiner"), peer.person("mara")
    offer, uri = await put_up(home, bob, "offer")
    await answer(home, peer, mara, uri, [bob.uri], f'<p><a href="{bob.uri}">@bob</a> Fifty of them?</p>')
    async with home.reading() as work:
        author = (await posts.thread(work, bob.actor_id, offer)).after[0].author
    browser = await home.logged_in(bob)
    here = (await browser.submit(f"/deals/new?listing={offer}&with={author.id}", TERMS, button="Send the quote")).path
    await home.settle()
    note = letters(peer)[-1]
    await answer(home, peer, mara, note["id"], [bob.uri], f'<p><a href="{bob.uri}">@bob</a> STOP</p>')
    before = len(letters(peer))
    await browser.submit(f"{here}/quote", {"lines-0-price": "0.30"}, button="Send it")
    await home.settle()
    assert len(letters(peer)) == before
    assert "asked for no more messages" in (await browser.open(here)).text
