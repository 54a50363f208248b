"""Private keys are encrypted at rest; tokens are kept as hashes only."""

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from node.errors import Misconfigured
from node.words import N_, Message


class Safe:
    """Encrypts and opens what must not lie readable in the database."""

    def __init__(self, key: str) -> None:
        try:
            self._fernet = Fernet(key.encode())
        except ValueError as error:
            raise Misconfigured(N_("The secret is not one this program made: 44 characters are expected.")) from error

    def lock(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, locked: str) -> str:
        """Raises Misconfigured when the secret is not the one it was locked with."""
        try:
            return self._fernet.decrypt(locked.encode()).decode()
        except InvalidToken as error:
            raise Misconfigured(
                N_("The secret does not open the keys in this database. Put the old secret.key back.")
            ) from error

    def peek(self, locked: str) -> str | None:
        """What somebody brings back who says that it was locked here; None when it was not."""
        try:
            return self._fernet.decrypt(locked.encode()).decode()
        except (InvalidToken, ValueError):
            return None


def load_secret(path: Path, *, may_create: bool) -> str:
    """The secret in ``path``; made anew only where ``may_create`` says that nothing was locked with an older one."""
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        if not may_create:
            raise Misconfigured(
                Message(N_("%(path)s is missing, and the keys in the database need it."), {"path": str(path)})
            ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(Message(N_("%(path)s cannot be read."), {"path": str(path)})) from error
    key = Fernet.generate_key().decode()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # two processes started together: the first one's counts
        return path.read_text("ascii").strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key


def new_token() -> str:
    """192 random bits for an address or a header."""
    return secrets.token_urlsafe(24)


def hash_token(token: str) -> str:
    """What the database keeps of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
