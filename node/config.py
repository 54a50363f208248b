"""The settings: one TOML file and COMMENSAL_* variables, the variable winning. deploy/commensal.toml explains each.

Read by hand rather than by a settings library: the usual one costs 10 MiB of every process, a tenth of what an idle
node may use.
"""

import ipaddress
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from node.errors import Misconfigured
from schemas.values import origin

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "COMMENSAL_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What an operator can set. Made by load_config(), which checks; unknown names in the file are errors."""

    url: str = "http://localhost:8080"
    listen: str = "127.0.0.1:8080"
    data: Path = Path("data")
    database_url: str = ""
    media_url: str = ""
    secret: str = ""
    migrate_on_start: bool | None = None
    allow_http: bool = False
    allow_addresses: tuple[Network, ...] = ()
    trusted_proxies: tuple[Network, ...] = ()
    rate_limits: bool = True
    smtp_url: str = ""
    mail_from: str = ""
    metrics_token: str = ""
    language: str = "en"
    time_zone: str = "UTC"
    open_applications: bool = True
    log_format: str = "text"
    log_level: str = "info"
    delivery_hosts: int = 200
    delivery_window: int = 2
    history_days: int = 30
    media_quota: int = 200
    remote_media_cap: int = 2000

    @property
    def host(self) -> str:
        """Authority of our ids: host, and port where the address has one."""
        return urlsplit(self.url).netloc

    @property
    def is_development(self) -> bool:
        """Plain http among peers: never on a public node."""
        return self.allow_http

    @property
    def database(self) -> str:
        """The database address, filled in with the file in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{(self.data / 'node.db').resolve()}"

    @property
    def is_sqlite(self) -> bool:
        # Asked several times in every unit of work, so it must not look at the disk as `database` does.
        return not self.database_url or self.database_url.startswith("sqlite")

    @property
    def media(self) -> str:
        return self.media_url or f"file://{(self.data / 'media').resolve()}"

    @property
    def migrates_on_start(self) -> bool:
        return self.is_sqlite if self.migrate_on_start is None else self.migrate_on_start


def load_config(file: Path | None = None, **values: Any) -> Config:
    """Settings from ``file`` (or ./commensal.toml where there is one), the environment, and ``values`` above both.

    Raises Misconfigured, naming every setting that is wrong.
    """
    if file is None and Path("commensal.toml").is_file():
        file = Path("commensal.toml")
    given: dict[str, Any] = {**_read_file(file), **_read_environment(os.environ), **values}
    hints = get_type_hints(Config)
    wrong: list[str] = []
    read: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if name not in hints:
                raise ValueError("there is no such setting")
            read[name] = _CHECKS.get(name, _as_is)(_READERS[hints[name]](value))
        except (ValueError, TypeError) as error:
            wrong.append(f"{name}: {error}")
    if not wrong:
        config = Config(**read)
        if config.allow_http or config.url.startswith("https://"):
            return config
        wrong.append("url: it begins with http://; use https, or set allow_http while developing")
    raise Misconfigured(f"Settings: {'; '.join(wrong)}.")


def _read_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}.") from error


def _read_environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = {PREFIX + field.name.upper(): field.name for field in fields(Config)}
    return {names[key]: value for key, value in environment.items() if key in names and value != ""}


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return known[str(value).strip().lower()]
    except KeyError:
        raise ValueError("say on or off") from None


def _int(value: Any) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("give a number of at least 1")
    return number


def _networks(value: Any) -> tuple[Network, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(ipaddress.ip_network(str(part).strip(), strict=False) for part in parts if str(part).strip())


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("give a text")
    return value.strip()


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _str,
    Path: Path,
    bool: _bool,
    bool | None: lambda value: None if value is None else _bool(value),
    int: _int,
    tuple[Network, ...]: _networks,
}


def _as_is(value: Any) -> Any:
    return value


def _address(value: str) -> str:
    """As it stands in every id: in lower case, a name with other letters than a to z as A-labels, no usual port."""
    parts = urlsplit(value.rstrip("/"))
    found = origin(f"{parts.scheme}://{parts.netloc}")
    if found is None or parts.path or parts.query:
        raise ValueError("give the address as https://host, without a path")
    return found


def _one_of(*choices: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in choices:
            raise ValueError(f"choose one of {', '.join(choices)}")
        return value

    return check


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "url": _address,
    "log_format": _one_of("text", "json"),
    "log_level": _one_of("debug", "info", "warning", "error"),
}
