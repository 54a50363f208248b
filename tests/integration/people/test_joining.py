"""Becoming a member, taking over a page, applying, leaving; and the association's word at each step."""

import re

import pytest
import sqlalchemy as sa

from node.accounts import login
from node.accounts import service as accounts
from node.actors import queries as actors
from node.actors.model import Actor
from node.associations import service as associations
from node.associations import vouches
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from node.mail.model import Letter
from node.members import joining, queries
from node.outbox.model import Activity
from node.tables import JoinInvitation, Notification
from node.work import Node

GOOD = "a sentence for a test"


async def _letters(node: Node, to: str) -> list[Letter]:
    async with node.reading() as work:
        return list(await work.session.scalars(sa.select(Letter).where(Letter.recipient == to).order_by(Letter.id)))


def _token(text: str) -> str:
    found = re.search(r"/join/(\S+)", text)
    assert found is not None
    return found[1]


async def test_an_invitation_by_mail_makes_a_member_once(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    async with house.writing() as work:
        invited = await joining.invite(work, officer, email="Alice@mail.test", name="Alice", note="Do come!")
    assert invited.is_mailed
    [letter] = await _letters(house, "Alice@mail.test")
    assert "Do come!" in letter.text
    token = _token(letter.text)
    async with house.reading() as work:
        view = await joining.look(work, token)
        assert (view.name, view.is_claim, view.invited_by) == ("Alice", False, "Ingrid")
        kept = await work.session.scalar(sa.select(JoinInvitation.token_hash))
    assert kept != token
    assert len(token) >= 22
    values = {"username": "alice", "name": "Alice Martin", "email": "alice@mail.test", "password": GOOD}
    with pytest.raises(Invalid):
        await joining.join(house, token, **values | {"password": "short"})
    await joining.join(house, token, **values)
    with pytest.raises(Gone):
        await joining.join(house, token, **values | {"username": "alice2", "email": "x@mail.test"})
    await login.log_in(house, "alice", GOOD)
    async with house.reading() as work:
        alice = await actors.local(work, "alice")
        assert [voucher.name for voucher in (await vouches.vouchers(work, [alice.id]))[alice.id]] == ["Harbour Chamber"]


async def test_a_taken_name_leaves_the_invitation_usable(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    async with house.writing() as work:
        token = _token((await joining.invite(work, officer)).url)
    values = {"name": "Ingrid Two", "email": "two@mail.test", "password": GOOD}
    for name in ("ingrid", "office", "Ünicode", "a b", "x" * 31, "admin"):
        with pytest.raises(Invalid):
            await joining.join(house, token, username=name, **values)
    await joining.join(house, token, username="ingrid_2", **values)


async def test_an_invitation_runs_out(house: Node, add, clock) -> None:
    officer, _ = await add("Ingrid", "officer")
    async with house.writing() as work:
        token = _token((await joining.invite(work, officer)).url)
    clock.forward(days=15)
    async with house.reading() as work:
        with pytest.raises(Gone):
            await joining.look(work, token)
        with pytest.raises(NotFound):
            await joining.look(work, token + "x")


async def test_only_officers_invite_and_only_administrators_to_the_office(house: Node, add) -> None:
    member, _ = await add("Bob")
    officer, _ = await add("Ingrid", "officer")
    admin, _ = await add("Ravi", "admin")
    async with house.writing() as work:
        with pytest.raises(Forbidden):
            await joining.invite(work, member)
        with pytest.raises(Forbidden):
            await joining.invite(work, officer, role="officer")
        await joining.invite(work, admin, role="officer")


async def test_a_page_made_by_the_office_is_claimed(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    account, _ = await add("Alice Martin", email="alice@mail.test", is_claimed=False)
    await add("Nomail", email=None, is_claimed=False)
    async with house.writing() as work:
        assert await joining.invite_to_claim(work, officer) == 1
        assert await joining.invite_to_claim(work, officer) == 0, "an open link is not doubled"
    [letter] = await _letters(house, "alice@mail.test")
    token = _token(letter.text)
    async with house.reading() as work:
        view = await joining.look(work, token)
    assert (view.is_claim, view.username, view.name) == (True, "alice_martin", "Alice Martin")
    values = {"username": "", "name": "Alice Martin", "email": "alice@mail.test", "password": GOOD}
    assert await joining.join(house, token, **values) == account
    with pytest.raises(Gone):
        await joining.join(house, token, **values)
    async with house.reading() as work:
        assert (await accounts.view(work, account)).claimed_at is not None
        assert await joining.still_to_invite(work) == 0


async def test_an_application_is_approved(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    for _ in range(2):  # the second says nothing new
        async with house.writing() as work:
            await joining.apply(work, name="Alice Martin", email="alice@mail.test", trade="Bakery", message="Hello!")
    async with house.reading() as work:
        [waiting] = await queries.applications(work)
        assert await queries.waiting_applications(work) == 1
        told = list(await work.session.scalars(sa.select(Notification.account_id)))
    assert told == [officer]
    await joining.approve(house, officer, waiting.id)
    with pytest.raises(Conflict):
        await joining.approve(house, officer, waiting.id)
    _, welcome = await _letters(house, "alice@mail.test")
    await joining.join(
        house, _token(welcome.text), username="", name="Alice Martin", email="alice@mail.test", password=GOOD
    )
    async with house.reading() as work:
        [line] = await queries.members(work, query="bakery")
        assert (line.name, line.trade, line.is_vouched) == ("Alice Martin", "Bakery", True)


async def test_an_application_is_declined_with_a_reason(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    async with house.writing() as work:
        await joining.apply(work, name="Sam", email="sam@mail.test")
        [waiting] = await queries.applications(work)
        with pytest.raises(Invalid):
            await joining.decline(work, officer, waiting.id, " ")
        await joining.decline(work, officer, waiting.id, "We are full this year.")
    assert "We are full this year." in (await _letters(house, "sam@mail.test"))[-1].text
    with pytest.raises(Conflict):
        await joining.approve(house, officer, waiting.id)
    async with house.reading() as work:
        assert await accounts.by_email(work, "sam@mail.test") is None


async def test_whoever_applies_with_a_known_address_learns_nothing(house: Node, add) -> None:
    await add("Alice", email="alice@mail.test")
    async with house.writing() as work:
        await joining.apply(work, name="Mallory", email="alice@mail.test")
    async with house.reading() as work:
        assert await queries.waiting_applications(work) == 0
    assert await _letters(house, "alice@mail.test") == []


async def test_the_association_gives_its_word_and_takes_it_back(house: Node, add) -> None:
    officer, _ = await add("Ingrid", "officer")
    account, alice = await add("Alice")
    async with house.reading() as work:
        office = await associations.office(work)
        assert "http://a.test/ap/actors/alice" in [uri for _, uri in await vouches.members_of(work, office.id)]
        [row] = await vouches.affiliations_of(work, alice)
        statement = await vouches.relationship_document(work, row)
    assert statement["type"] == "Relationship"
    assert (statement["subject"], statement["object"]) == ("http://a.test/ap/actors/alice", office.uri)
    async with house.writing() as work:
        await joining.end_membership(work, officer, alice)
    async with house.writing() as work:
        with pytest.raises(Conflict):
            await joining.end_membership(work, officer, alice)
    async with house.reading() as work:
        assert "http://a.test/ap/actors/alice" not in [uri for _, uri in await vouches.members_of(work, office.id)]
        assert await vouches.affiliations_of(work, alice) == []
        assert (await accounts.view(work, account)).suspended_at is None, "the account stays"
        said = list(
            await work.session.scalars(
                sa.select(Activity.type).where(Activity.actor_id == office.id).order_by(Activity.id.desc()).limit(2)
            )
        )
    assert sorted(said) == ["Delete", "Remove"]
    async with house.writing() as work:
        await joining.resume_membership(work, officer, alice)
        assert len(await vouches.affiliations_of(work, alice)) == 1


async def test_anothers_statement_counts_only_while_both_agree(house: Node, add) -> None:
    _, alice = await add("Alice")
    async with house.writing() as work:
        subject = await work.session.get(Actor, alice)
        issuer = Actor(
            id=7, uri="http://b.test/ap/actors/office", is_local=False, kind="organization", username="office",
            username_folded="office", host="b.test", handle_host="b.test", name="Makers' Guild", url="http://b.test/@office",
            inbox_uri="http://b.test/ap/actors/office/inbox", created_at=work.now, updated_at=work.now,
        )  # fmt: skip
        work.session.add(issuer)
        await work.session.flush()
        uri = "http://b.test/ap/relationships/1"
        for agree, shown in ((False, 1), (True, 2), (False, 1), (True, 2)):
            await vouches.hear(work, issuer, subject, uri=uri, both_agree=agree)
            assert len((await vouches.vouchers(work, [alice]))[alice]) == shown
        await vouches.unhear(work, issuer, subject)
        assert len((await vouches.vouchers(work, [alice]))[alice]) == 1
