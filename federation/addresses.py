"""Which addresses of others we dial, in which form, and which machines may answer there."""

import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

import idna

from federation.errors import Refused
from node.config import Network

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST = 2048
_PORTS = {"https": 443, "http": 80}
# Ports above 1023 where something listens that a request could be mistaken by (the browsers' list, and databases).
_BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 2375, 2379, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6665, 6666, 6667,
     6668, 6669, 6679, 6697, 9200, 10080, 11211, 27017}
)  # fmt: skip
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes many programs read a number as an address
_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid")

# Everything that is not global unicast. The library's is_global passes several of these (6to4, NAT64, fec0::/10,
# multicast), so the list is our own.
_DENIED_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; some clouds answer metadata here
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's host agent, on a public address
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # leaves out mapped, compatible, NAT64, local, site-local, multicast
_DENIED_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


# Whatever is not printed in an address, and what closes one in the texts around it.
_ODD = re.compile(r'[\x00-\x20\x7f"<>\\^`{|}]')
_REMEMBERED = 8192


# What nearly every address looks like; it needs no further reading.
_PLAIN = re.compile(r"(https?)://([a-z0-9.-]+)(?::([1-9][0-9]{0,4}))?(/[!$-;=?-\[\]_a-z~]*)")


class NotAllowed(OSError):
    """The machine behind a name is not one we dial."""


@dataclass(frozen=True, slots=True)
class Address:
    """An absolute http(s) address in the one form in which we dial and sign it."""

    scheme: str
    host: str
    """Lower-case A-labels, or a literal address without brackets."""
    port: int
    target: str
    """Path and query, never empty; bytes as they were given."""

    @property
    def authority(self) -> str:
        """Host, and port where it is not the usual one: how a peer is named."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.target


def read(url: str, *, allow_http: bool = False, allow: Collection[Network] = ()) -> Address:
    """An address that we would dial. Raises Refused.

    ``allow_http`` is development: plain http, names without a dot and low ports. ``allow`` are the networks that may
    be dialled although they are not public; a literal address is taken only inside them.
    """
    address = parse(url)
    if address.scheme != "https" and not allow_http:
        raise Refused("address is not https")
    literal = _literal(address.host)
    if literal is not None:
        if not any(literal in network for network in allow):
            raise Refused("address is a number, not a name")
        return address
    if not allow_http and not allow and ("." not in address.host or _is_local(address.host)):
        raise Refused("address is a name of a private network")
    if address.port in _BAD_PORTS or (address.port < 1024 and address.port not in (80, 443) and not allow_http):
        raise Refused(f"port {address.port} is not for the web")
    return address


def parse(url: str) -> Address:
    """The canonical form of an absolute http(s) address, whoever may live there. Raises Refused.

    Only scheme and host are put into one form: an id is compared by its bytes after that.
    """
    if not isinstance(url, str) or not url or len(url) > LONGEST:
        raise Refused("address is empty or too long")
    if (plain := _PLAIN.fullmatch(url)) is not None and (plain[3] is None or int(plain[3]) < 1 << 16):
        scheme, name, number, target = plain.groups()
        return Address(scheme, canonical_host(name), int(number) if number is not None else _PORTS[scheme], target)
    if _ODD.search(url):
        raise Refused("address has characters that addresses do not have")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("address is malformed") from error
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or not url[len(scheme) :].startswith("://"):
        raise Refused("address is not http")
    if "@" in parts.netloc:
        raise Refused("address carries a user name")
    if parts.netloc.endswith(":") or port == 0:
        raise Refused("address has a port that is none")
    host = canonical_host(parts.netloc.rpartition(":")[0] if port is not None else parts.netloc)
    target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    if not target.isascii():
        try:
            target = quote(target, safe="/?#[]@!$&'()*+,;=:%-._~")
        except UnicodeEncodeError as error:  # half a character
            raise Refused("address is malformed") from error
    return Address(scheme, host, port or _PORTS[scheme], target)


@lru_cache(maxsize=_REMEMBERED)
def canonical_host(host: str) -> str:
    """A host name as lower-case A-labels (UTS 46), a literal address without brackets. Raises Refused."""
    if host.startswith("[") and host.endswith("]"):
        try:
            return str(ipaddress.IPv6Address(host[1:-1])) if "%" not in host else _no_host()
        except ValueError as error:
            raise Refused("host is not an address") from error
    if not host or "%" in host:
        _no_host()
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
        labels = name.split(".")
        for label in labels:
            if label.startswith("xn--"):
                idna.decode(label)
    except (idna.IDNAError, UnicodeError) as error:
        raise Refused("host is not a name") from error
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        _no_host()
    if _NUMERIC.fullmatch(labels[-1]):
        # 127.1, 0x7f000001, 017700000001 and the like: only the plain form is an address.
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise Refused("host is a number in an odd form") from error
    return name


def _no_host() -> str:
    raise Refused("host is not a name")


def may_dial(ip: str, allow: Collection[Network] = ()) -> bool:
    """Whether a machine with this address may be talked to: public unicast, or a network the operator allowed."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    plain = _unmapped(address)
    return any(plain in network for network in allow) or _is_public(address)


@lru_cache(maxsize=_REMEMBERED)
def _is_public(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        return address in _GLOBAL_V6 and not any(address in network for network in _DENIED_V6) and address.is_global
    return not any(address in network for network in _DENIED_V4) and address.is_global


def _unmapped(address: IpAddress) -> IpAddress:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=_REMEMBERED)
def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def _is_local(host: str) -> bool:
    return any(host == name or host.endswith("." + name) for name in _LOCAL_NAMES)
