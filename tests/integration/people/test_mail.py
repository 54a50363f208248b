"""Letters: queued in the unit, sent once, tried again with patience, in the recipient's language."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from node.errors import Invalid, Misconfigured
from node.mail import addresses, sending, service
from node.mail.model import Letter
from node.mail.sending import Smtp
from node.translations import say
from node.words import Message
from node.work import Node


async def _write(node: Node, to: str = "li@mail.test", text: str = "Hello <b>you</b>") -> bool:
    async with node.writing() as work:
        return await service.write(work, to, "en", "News", [text], association="Harbour Chamber") is not None


async def _letters(node: Node) -> list[Letter]:
    async with node.reading() as work:
        return list(await work.session.scalars(sa.select(Letter).order_by(Letter.id)))


async def test_a_letter_is_sent_once_and_its_text_is_forgotten(house: Node, mailbox) -> None:
    house.config = replace(house.config, smtp_url=mailbox.url, mail_from="office@a.test")
    await _write(house)
    assert await sending.send_due(house) == 1
    assert await sending.send_due(house) == 0
    [got] = mailbox.to("li@mail.test")
    assert got["Subject"] == "News"
    assert "Harbour Chamber" in got["From"]
    assert "office@a.test" in got["From"]
    assert "Hello <b>you</b>" in got.get_payload()
    [row] = await _letters(house)
    assert (row.state, row.text) == ("sent", ""), "it may have held a link that opens an account"


async def test_a_server_that_is_away_loses_nothing(house: Node, clock) -> None:
    house.config = replace(house.config, smtp_url="smtp://127.0.0.1:9?starttls=off")
    await _write(house)
    for attempt in range(1, 4):
        assert await sending.send_due(house) == 1
        assert await sending.send_due(house) == 0, "not again at once"
        [row] = await _letters(house)
        assert (row.state, row.attempts) == ("waiting", attempt)
        assert row.last_answer
        clock.forward(hours=1)
    for _ in range(10):
        clock.forward(days=2)
        await sending.send_due(house)
    [row] = await _letters(house)
    assert row.state == "failed"


async def test_a_worker_that_died_gives_its_letters_to_the_next(house: Node, mailbox, clock) -> None:
    house.config = replace(house.config, smtp_url=mailbox.url)
    await _write(house)
    async with house.writing() as work:
        letter = await work.session.scalar(sa.select(Letter))
        letter.lease, letter.leased_until = "dead", work.now.replace(minute=work.now.minute + 5)
    assert await sending.send_due(house) == 0
    clock.forward(minutes=6)
    assert await sending.send_due(house) == 1


async def test_without_a_server_letters_land_in_the_data_folder(house: Node) -> None:
    await _write(house)
    assert await sending.send_due(house) == 1
    [file] = (house.config.data / "mail").glob("*.eml")
    assert b"News" in file.read_bytes()


async def test_nobody_is_buried_in_mail(house: Node, clock) -> None:
    assert [await _write(house, "Li@mail.test") for _ in range(8)] == [True] * 6 + [False] * 2
    assert await _write(house, "someone.else@mail.test")
    clock.forward(hours=1, minutes=1)
    assert await _write(house)


async def test_a_subject_cannot_smuggle_headers(house: Node) -> None:
    async with house.writing() as work:
        await service.write(
            work, "li@mail.test", "en", Message("Hello %(name)s", {"name": "x\r\nBcc: all@mail.test"}), []
        )
    await sending.send_due(house)
    [file] = (house.config.data / "mail").glob("*.eml")
    assert b"\nBcc:" not in file.read_bytes()


NO_ADDRESSES = (
    "", "li", "@mail.test", "li@", "li@mail", "a b@mail.test", "li@mail.test\r\nBcc: x@y.test", "li@-mail.test",
    "li@[127.0.0.1]", "li@1.2.3.4", '"li x"@mail.test', "ü@mail.test", "a" * 65 + "@mail.test", "li@@mail.test",
    "li@mail..test", ".li@mail.test", "li<script>@mail.test",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_no_mail_address(text: str) -> None:
    with pytest.raises(Invalid):
        addresses.read(text)


def test_mail_addresses_are_read_one_way() -> None:
    assert addresses.read(" Li.Wang+x@MAIL.Test ") == "Li.Wang+x@mail.test"
    assert addresses.read("li@bücher.test") == "li@xn--bcher-kva.test"


def test_mail_servers() -> None:
    assert Smtp.read("smtp://u:p%40ss@mail.test") == Smtp("mail.test", 587, "u", "p@ss", False, True)
    assert Smtp.read("smtps://mail.test").port == 465
    for wrong in ("http://mail.test", "smtp://", "mail.test:25", "smtp://mail.test:notaport"):
        with pytest.raises(Misconfigured):
            Smtp.read(wrong)


async def test_letters_speak_the_recipients_language(house: Node) -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert "11:00" in say(Message("until %(time)s", {"time": at}), "en", ZoneInfo("Europe/Paris"))
    assert say("nothing has this text", "../../etc", ZoneInfo("UTC")) == "nothing has this text"


async def test_a_letter_that_cannot_be_written_does_not_keep_the_others(
    house: Node, mailbox, monkeypatch: pytest.MonkeyPatch, clock
) -> None:
    """Each time it is tried counts (R15), and also when nobody lived to say what came of it."""
    house.config = replace(house.config, smtp_url=mailbox.url)
    original = sending._message

    def break_down(config, letter, name):
        if letter.recipient == "bad@mail.test":
            raise ValueError("no letter")
        return original(config, letter, name)

    monkeypatch.setattr(sending, "_message", break_down)
    for to in ("bad@mail.test", "li@mail.test"):
        await _write(house, to)
    assert await sending.send_due(house) == 2
    assert [(row.state, row.attempts) for row in await _letters(house)] == [("waiting", 1), ("sent", 1)]
    assert len(mailbox.to("li@mail.test")) == 1
    async with house.writing() as work:
        await work.session.execute(
            sa.update(Letter).where(Letter.state == "waiting").values(attempts=8, last_answer="")
        )
    monkeypatch.setattr(sending, "_message", original)
    clock.forward(days=2)
    assert await sending.send_due(house) == 1
    bad, _ = await _letters(house)
    assert (bad.state, bad.last_answer) == ("failed", "given up")
    assert mailbox.to("bad@mail.test") == []
