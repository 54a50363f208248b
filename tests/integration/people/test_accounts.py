"""Coming in: passwords, sessions, resets, roles."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from node.accounts import login, passwords, resets, service, sessions, throttle
from node.accounts.model import LoginSession, OneTimeKey
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany, Unauthenticated
from node.mail.model import Letter
from node.work import Node

PASSWORD = "a sentence for a test"


@pytest.fixture
def limited(house: Node) -> Iterator[Node]:
    """The house with its limits on; tests are faster without."""
    house.config = replace(house.config, rate_limits=True)
    throttle._tries.clear()
    yield house
    throttle._tries.clear()


async def test_log_in_by_name_handle_and_mail(house: Node, add) -> None:
    account_id, actor_id = await add("Alice Martin")
    for who in ("alice_martin", "@Alice_Martin", f"@alice_martin@{house.uris.host}", "ALICE.martin@mail.test"):
        token = await login.log_in(house, who, PASSWORD, "192.0.2.1", "Firefox")
        async with house.reading() as work:
            visitor = await sessions.find(work, token)
        assert visitor is not None
        assert (visitor.account_id, visitor.actor_id, visitor.username) == (account_id, actor_id, "alice_martin")
        assert not visitor.is_stale


async def test_unknown_person_and_wrong_password_get_the_same_answer(house: Node, add) -> None:
    await add("Alice Martin")
    answers = []
    for who, password in (("nobody", PASSWORD), ("alice_martin", "not the password")):
        with pytest.raises(Unauthenticated) as refused:
            await login.log_in(house, who, password, "192.0.2.1")
        answers.append(str(refused.value))
    assert answers[0] == answers[1]


async def test_tokens_are_not_in_the_database(house: Node, add) -> None:
    await add("Alice Martin")
    token = await login.log_in(house, "alice_martin", PASSWORD)
    async with house.reading() as work:
        kept = await work.session.scalar(sa.select(LoginSession.token_hash))
    assert kept != token
    assert len(kept) == 64


async def test_log_in_is_throttled_per_account_after_eight_tries(limited: Node, add) -> None:
    await add("Alice Martin")
    for _ in range(8):
        with pytest.raises(Unauthenticated):
            await login.log_in(limited, "alice_martin", "wrong", "192.0.2.1")
    with pytest.raises(TooMany) as refused:
        await login.log_in(limited, "alice_martin", PASSWORD, "192.0.2.1")
    assert refused.value.retry_at is not None


async def test_many_accounts_from_one_network_are_throttled(limited: Node) -> None:
    with pytest.raises(TooMany):
        for number in range(40):
            with pytest.raises(Unauthenticated):
                await login.log_in(limited, f"guess{number}", "wrong", f"2001:db8::{number:x}")


async def test_sessions_run_out(house: Node, add, clock) -> None:
    await add("Alice Martin")
    token = await login.log_in(house, "alice_martin", PASSWORD)
    clock.forward(days=44)
    async with house.writing() as work:
        visitor = await sessions.find(work, token)
        assert visitor is not None
        assert visitor.is_stale
        await sessions.touch(work, visitor.session_id)
    clock.forward(days=44)
    async with house.reading() as work:
        assert await sessions.find(work, token) is not None
    clock.forward(days=2)
    async with house.reading() as work:
        assert await sessions.find(work, token) is None


async def test_a_new_password_ends_the_other_sessions(house: Node, add) -> None:
    account_id, _ = await add("Alice Martin")
    mine, other = [await login.log_in(house, "alice_martin", PASSWORD) for _ in range(2)]
    async with house.reading() as work:
        keep = await sessions.find(work, mine)
    assert keep is not None
    with pytest.raises(Unauthenticated):
        await service.change_password(house, account_id, "wrong", "another good one", keep.session_id)
    with pytest.raises(Invalid):
        await service.change_password(house, account_id, PASSWORD, "short", keep.session_id)
    await service.change_password(house, account_id, PASSWORD, "another good one", keep.session_id)
    async with house.reading() as work:
        assert await sessions.find(work, mine) is not None
        assert await sessions.find(work, other) is None
    await login.log_in(house, "alice_martin", "another good one")


async def test_a_session_can_be_ended_by_its_owner_only(house: Node, add) -> None:
    alice, _ = await add("Alice Martin")
    bob, _ = await add("Bob")
    await login.log_in(house, "alice_martin", PASSWORD)
    async with house.writing() as work:
        [line] = await sessions.listed(work, alice)
        with pytest.raises(NotFound):
            await sessions.end(work, bob, line.id)
        await sessions.end(work, alice, line.id)
        assert await sessions.listed(work, alice) == []


async def test_a_suspended_account_is_out_at_once(house: Node, add) -> None:
    account_id, _ = await add("Alice Martin")
    token = await login.log_in(house, "alice_martin", PASSWORD)
    async with house.writing() as work:
        await service.suspend(work, account_id)
    async with house.reading() as work:
        assert await sessions.find(work, token) is None
    with pytest.raises(Forbidden):
        await login.log_in(house, "alice_martin", PASSWORD)


async def test_reset_says_nothing_about_who_is_here_and_works_once(house: Node, add) -> None:
    await add("Alice Martin")
    old = await login.log_in(house, "alice_martin", PASSWORD)
    async with house.writing() as work:
        await resets.ask(work, "nobody@mail.test", "192.0.2.7")
        await resets.ask(work, "Alice.Martin@mail.test", "192.0.2.7")
    async with house.reading() as work:
        [letter] = (await work.session.scalars(sa.select(Letter))).all()
        [key] = (await work.session.scalars(sa.select(OneTimeKey))).all()
    assert letter.recipient == "alice.martin@mail.test"
    token = re.search(r"/reset/(\S+)", letter.text)[1]
    assert key.token_hash != token
    with pytest.raises(Invalid):
        await resets.use(house, token, "short")
    await resets.use(house, token, "a new sentence for me")
    async with house.reading() as work:
        assert await sessions.find(work, old) is None
    with pytest.raises(Gone):
        await resets.use(house, token, "yet another sentence")
    await login.log_in(house, "alice_martin", "a new sentence for me")


async def test_a_reset_link_runs_out(house: Node, add, clock) -> None:
    await add("Alice Martin")
    async with house.writing() as work:
        await resets.ask(work, "alice.martin@mail.test")
    async with house.reading() as work:
        token = re.search(r"/reset/(\S+)", await work.session.scalar(sa.select(Letter.text)))[1]
    clock.forward(hours=3)
    with pytest.raises(Gone):
        await resets.use(house, token, "a new sentence for me")


async def test_the_last_administrator_stays(house: Node, add) -> None:
    ravi, _ = await add("Ravi", "admin")
    ingrid, _ = await add("Ingrid", "officer")
    async with house.writing() as work:
        with pytest.raises(Conflict):
            await service.set_role(work, ravi, ravi, "member")
        with pytest.raises(Conflict):
            await service.suspend(work, ravi)
        with pytest.raises(Forbidden):
            await service.set_role(work, ingrid, ingrid, "admin")
        await service.set_role(work, ravi, ingrid, "admin")
        await service.set_role(work, ravi, ravi, "member")


async def test_two_people_cannot_have_one_mail_address(house: Node, add) -> None:
    await add("Alice Martin")
    with pytest.raises(Invalid) as wrong:
        await add("Anna", email="Alice.Martin@MAIL.test")
    assert "email" in wrong.value.fields


@pytest.mark.parametrize("password", ["short", "1234567890", "aaaaaaaaaaaaaa", "alice.martin@mail.test", "x" * 201])
def test_poor_passwords(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.check(password, "alice.martin@mail.test")
