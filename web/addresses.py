"""Reading addresses: where to go next, which row is meant, and what a browser calls itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from node.errors import NotFound


def own_path(wish: str, otherwise: str = "/today") -> str:
    """``wish`` when it is a path on this node, so that nobody is led elsewhere after logging in."""
    if wish.startswith("/") and not wish.startswith(("//", "/\\")) and re.fullmatch(r"[!-~]{1,3000}", wish):
        return wish
    return otherwise


def database_key(text: str) -> int:
    """A key from an address of ours. Raises NotFound for anything no database would hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19) or int(text) >= 2**63:
        raise NotFound
    return int(text)


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """“Firefox, Linux”: enough to know one's own devices by."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent[:60]


@dataclass(frozen=True)
class Asked:
    """A page and what is asked of it; called, it gives the address at which some of that is asked differently."""

    path: str
    kept: Mapping[str, str]

    def __call__(self, **changes: object) -> str:
        values = {name: value for name, value in {**self.kept, **changes}.items() if value not in ("", None)}
        return self.path + (f"?{urlencode(values)}" if values else "")
