"""Sending what waits: by SMTP where it is set up, else as files in the data folder."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import sqlalchemy as sa
import structlog

from node.config import Config
from node.errors import Misconfigured
from node.mail.model import Letter
from node.tables import Actor
from node.words import N_
from node.work import Node

log = structlog.get_logger()

_AT_ONCE = 20
_LEASE = timedelta(minutes=5)
_TIMEOUT = 20.0
_PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440)]
"""Between tries; after the last one the letter has failed."""


@dataclass(frozen=True, slots=True)
class _Sent:
    id: int
    answer: str = ""
    is_final: bool = False
    """A refusal that will not change."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """``smtp://user:password@host:587`` (STARTTLS), ``smtps://…:465``; ``?starttls=off`` for a server next door."""

    host: str
    port: int
    user: str | None
    password: str | None
    is_tls: bool
    start_tls: bool | None

    @staticmethod
    def read(url: str) -> "Smtp":
        """Raises Misconfigured."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == 0:
            raise Misconfigured(N_("smtp_url must look like smtp://user:password@host:587 or smtps://host:465."))
        is_tls = parts.scheme == "smtps"
        # None: use it where it is offered. A password is never sent without it.
        start_tls = False if is_tls or parse_qs(parts.query).get("starttls") == ["off"] else None
        if parts.username and start_tls is None:
            start_tls = True
        return Smtp(
            host=parts.hostname,
            port=port or (465 if is_tls else 587),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            is_tls=is_tls,
            start_tls=start_tls,
        )


def sender(config: Config) -> str:
    """The address letters come from."""
    return config.mail_from or f"office@{urlsplit(config.url).hostname}"


async def send_due(node: Node) -> int:
    """Send what is due, at most a handful; returns how many letters were tried. Several workers never send one twice
    unless one of them dies between the mail server's yes and our note of it."""
    lease = secrets.token_hex(8)
    async with node.writing() as work:
        due = (
            sa.select(Letter.id)
            .where(
                Letter.state == "waiting",
                Letter.next_at <= work.now,
                sa.or_(Letter.leased_until.is_(None), Letter.leased_until < work.now),
            )
            .order_by(Letter.next_at)
            .limit(_AT_ONCE)
        )
        if not work.config.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        ids = (await work.session.scalars(due)).all()
        if not ids:
            return 0
        await work.session.execute(
            sa.update(Letter)
            .where(Letter.id.in_(ids))
            # The attempt counts from now on: a letter that kills the process comes to an end too.
            .values(lease=lease, leased_until=work.now + _LEASE, attempts=Letter.attempts + 1)
        )
        letters = (await work.session.scalars(sa.select(Letter).where(Letter.id.in_(ids)).order_by(Letter.id))).all()
        house = await work.session.scalar(sa.select(Actor.name).where(Actor.uri == work.uris.office))
    messages, results = _messages(node.config, letters, house or "")
    try:
        if node.config.smtp_url:
            results += await _by_smtp(Smtp.read(node.config.smtp_url), messages)
        else:
            results += await asyncio.to_thread(_into_folder, node.config.data / "mail", messages)
    except BaseException:  # also when the program is told to stop: let others take them at once
        await _give_back(node, lease)
        raise
    await _settle(node, lease, results)
    return len(letters)


async def _give_back(node: Node, lease: str) -> None:
    async with node.writing() as work:
        await work.session.execute(
            sa.update(Letter)
            .where(Letter.lease == lease)
            .values(lease=None, leased_until=None, attempts=Letter.attempts - 1)
        )


def _messages(
    config: Config, letters: Sequence[Letter], sender_name: str
) -> tuple[list[tuple[Letter, EmailMessage]], list[_Sent]]:
    """What can be sent of these, and what became of those that cannot: they must not keep the others."""
    messages, results = [], []
    for letter in letters:
        if letter.attempts > len(_PAUSES) + 1:
            results.append(_Sent(letter.id, letter.last_answer or "given up", is_final=True))
            continue
        try:
            messages.append((letter, _message(config, letter, sender_name)))
        except Exception as error:
            log.exception("letter_cannot_be_written", letter=letter.id)
            results.append(_Sent(letter.id, f"cannot be written: {type(error).__name__}"))
    return messages, results


def _message(config: Config, letter: Letter, sender_name: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((sender_name, sender(config)))
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.created_at)
    # The same for every try, so that a mail server can tell a repeat.
    message["Message-ID"] = f"<{letter.id}@{urlsplit(config.url).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    message["Content-Language"] = letter.language
    return message


async def _by_smtp(server: Smtp, messages: Sequence[tuple[Letter, EmailMessage]]) -> list[_Sent]:
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.is_tls,
        start_tls=server.start_tls,
        username=server.user,
        password=server.password,
        timeout=_TIMEOUT,
    )
    results: list[_Sent] = []
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError) as error:
        log.warning("mail_server_unreachable", host=server.host, error=str(error)[:200])
        return [_Sent(letter.id, str(error)[:300]) for letter, _ in messages]
    try:
        for letter, message in messages:
            try:
                await client.send_message(message)
                results.append(_Sent(letter.id))
            except aiosmtplib.SMTPRecipientsRefused as error:
                refusal = error.recipients[0]
                results.append(_Sent(letter.id, f"{refusal.code} {refusal.message}"[:300], refusal.code >= 500))
            except aiosmtplib.SMTPResponseException as error:
                results.append(_Sent(letter.id, f"{error.code} {error.message}"[:300], error.code >= 500))
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:  # the last: it cannot be written out
                results.append(_Sent(letter.id, str(error)[:300] or type(error).__name__))
    finally:
        try:
            await client.quit()
        except (aiosmtplib.SMTPException, OSError):
            client.close()
    return results


def _into_folder(folder: Path, messages: Sequence[tuple[Letter, EmailMessage]]) -> list[_Sent]:
    folder.mkdir(parents=True, exist_ok=True)
    for letter, message in messages:
        (folder / f"{letter.id}.eml").write_bytes(message.as_bytes())
    return [_Sent(letter.id) for letter, _ in messages]


async def _settle(node: Node, lease: str, results: Sequence[_Sent]) -> None:
    async with node.writing() as work:
        for result in results:
            letter = await work.session.scalar(sa.select(Letter).where(Letter.id == result.id, Letter.lease == lease))
            if letter is None:  # the lease ran out and another worker has it
                continue
            letter.lease = letter.leased_until = None
            letter.last_answer = result.answer
            if not result.answer:
                letter.state, letter.sent_at = "sent", work.now
                if work.config.smtp_url:  # it may hold a link that opens somebody's account
                    letter.text = letter.html = letter.unsubscribe_url = ""
                log.info("mail_sent", letter=letter.id)
            elif result.is_final or letter.attempts > len(_PAUSES):
                letter.state = "failed"
                log.warning("mail_failed", letter=letter.id, answer=result.answer)
            else:
                letter.next_at = work.now + _PAUSES[letter.attempts - 1]
