"""Where pages may lead, which row an address means, and what devices are called."""

import pytest

from node.errors import NotFound
from web.addresses import database_key, device_name, own_path


@pytest.mark.parametrize("wish", ["/today", "/settings?x=1#y", "/@alice/12"])
def test_own_paths(wish: str) -> None:
    assert own_path(wish) == wish


@pytest.mark.parametrize(
    "wish",
    ["", "today", "//evil.test", "/\\evil.test", "https://evil.test", "/a\r\nSet-Cookie: x", "/\tx", "/ü", "/" * 2000],
)
def test_everything_else_leads_home(wish: str) -> None:
    assert own_path(wish) == "/today"


def test_keys() -> None:
    assert database_key("12") == 12
    for text in ("", "-1", "1.5", "٣", str(2**63), "9" * 40, "x"):
        with pytest.raises(NotFound):
            database_key(text)


def test_devices_are_named_so_that_one_knows_ones_own() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537.36 Edg/140"
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1"
    assert device_name(firefox) == "Firefox, Linux"
    assert device_name(edge) == "Edge, Windows"
    assert device_name(phone) == "Safari, iPhone"
    assert device_name("curl/8.0") == "curl/8.0"
