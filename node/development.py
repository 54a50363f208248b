"""Settings that are for development only: refused where the node's address is one of the public Internet."""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from node.config import Config
from node.errors import Misconfigured
from node.words import N_, Message

_OURS = ("test", "localhost", "local", "internal", "example", "invalid", "home.arpa")
"""Names that never belong to anybody on the Internet (RFC 2606, 6761, 6762, 8375)."""
_PATIENCE = 5.0


async def refuse_in_public(config: Config) -> None:
    """Raises Misconfigured when a development setting meets a public address."""
    names = [
        name
        for name, is_set in (("allow_http", config.allow_http), ("allow_addresses", bool(config.allow_addresses)))
        if is_set
    ]
    if names and await _is_public(urlsplit(config.url).hostname or ""):
        raise Misconfigured(
            Message(
                N_("%(names)s is for development and %(url)s is a public address. Take the setting away."),
                {"names": " and ".join(names), "url": config.url},
            )
        )


async def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        pass
    host = host.rstrip(".").lower()
    if any(host == name or host.endswith(f".{name}") for name in _OURS) or "." not in host:
        return False
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return True  # a name we cannot look up is taken for what it looks like
    return any(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)
