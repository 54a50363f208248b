"""Mail addresses: one narrow reading, so that what we accept is what the mail server will see."""

import re

import idna

from node.errors import Invalid
from node.words import N_

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


def read(text: str, field: str = "email") -> str:
    """The address with its domain in lower case and as A-labels. Raises Invalid."""
    wrong = Invalid({field: N_("This does not look like a mail address.")})
    local, at, domain = text.strip().rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise wrong
    try:
        domain = idna.encode(domain.rstrip("."), uts46=True).decode("ascii")
    except idna.IDNAError:
        raise wrong from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise wrong
    address = f"{local}@{domain}"
    if len(address) > 254:
        raise wrong
    return address


def fold(address: str) -> str:
    """The form in which addresses are compared: no two people's addresses differ by case alone."""
    return address.casefold()
