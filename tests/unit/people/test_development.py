"""Development settings do not belong on a public address."""

import ipaddress
from pathlib import Path

import pytest

from node.config import Config
from node.development import refuse_in_public
from node.errors import Misconfigured


def settings(url: str, **values: object) -> Config:
    return Config(url=url, data=Path("/nowhere"), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    ["http://alpha.localhost:8080", "http://a.test", "https://b.example", "http://box.local", "http://office.internal",
     "http://x.home.arpa", "http://127.0.0.1:8080", "http://192.168.1.7", "http://[fd00::1]:80", "http://localhost"],
)  # fmt: skip
async def test_at_home_they_are_fine(url: str) -> None:
    await refuse_in_public(settings(url, allow_http=True))
    await refuse_in_public(settings(url, allow_addresses=(ipaddress.ip_network("127.0.0.0/8"),)))


@pytest.mark.parametrize("url", ["http://8.8.8.8", "https://[2a00:1450:4001:80b::200e]", "https://no-such.name.com"])
async def test_in_public_they_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Misconfigured) as refused:
        await refuse_in_public(settings(url, allow_http=True))
    assert "allow_http" in str(refused.value)
    with pytest.raises(Misconfigured):
        await refuse_in_public(settings(url, allow_addresses=(ipaddress.ip_network("10.0.0.0/8"),)))
    await refuse_in_public(settings(url))
