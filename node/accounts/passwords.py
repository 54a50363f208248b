"""Password hashes: argon2id, computed off the loop and few at a time, for each takes 19 MiB."""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from node.errors import Invalid
from node.words import N_, Message

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 10
LONGEST = 200
_COMMON = frozenset(
    {"1234567890", "12345678910", "0123456789", "qwertyuiop", "qwertzuiop", "password12", "password123",
     "passwort123", "motdepasse", "motdepasse1", "1q2w3e4r5t", "iloveyou12", "letmein123", "welcome123",
     "abcdefghij", "aaaaaaaaaa", "1111111111", "password1234", "commensal1"}
)  # fmt: skip


@functools.cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


@functools.cache
def _nobody() -> str:
    """What a password is compared with when there is no account, so that the answer takes as long."""
    return _hasher().hash("nobody has this password")


def check(password: str, *own_words: str, field: str = "password") -> str:
    """The password when it will do. Raises Invalid: too short, too long, common, or made of the person's own words."""
    if len(password) < SHORTEST:
        raise Invalid({field: Message(N_("Take at least %(count)s characters. A sentence is easy to remember."),
                                      {"count": SHORTEST})})  # fmt: skip
    if len(password) > LONGEST:
        raise Invalid({field: Message(N_("Take at most %(count)s characters."), {"count": LONGEST})})
    folded = password.casefold()
    if folded in _COMMON or len(set(folded)) < 4:
        raise Invalid({field: N_("Too many people use this one. Take something of your own.")})
    if folded in {word.casefold() for word in own_words if word}:
        raise Invalid({field: N_("Take something that is not your name or mail address.")})
    return password


async def hash_password(password: str) -> str:
    """For storing. Call it before the unit of work opens."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _hash, password)


async def matches(stored: str | None, password: str) -> bool:
    """Whether this is the password; takes the same time when there is nothing to compare with."""
    return await asyncio.get_running_loop().run_in_executor(_threads(), _matches, stored, password)


def needs_rehash(stored: str) -> bool:
    """True when it was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def _hash(password: str) -> str:
    return _hasher().hash(password)


def _matches(stored: str | None, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        _hasher().verify(stored or _nobody(), password[: LONGEST + 1])
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None
