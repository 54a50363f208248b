"""A mail server that keeps what it gets."""

import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


def _free_port() -> int:
    """aiosmtpd knocks at its own door to see whether it is open, so it must know the number."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mailbox:
    """Catches mail on a port of its own; ``url`` is what COMMENSAL_SMTP_URL wants."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse_with: str | None = None
        """An SMTP answer such as ``450 try later``, given instead of taking the mail."""
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.refuse_with is not None:
            return self.refuse_with
        letter = message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.server.sockets[0].getsockname()[1]}"

    def to(self, address: str) -> list[EmailMessage]:
        """The letters to one address, oldest first."""
        return [letter for letter in self.letters if address in str(letter["To"])]

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()
