"""Addresses in every notation that has ever fooled anybody."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import addresses
from federation.errors import Refused
from federation.signatures import cavage

LOOPBACK = (ipaddress.ip_network("127.0.0.10/31"),)


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("https://A.Test:443/X?y#z", "https://a.test/X?y"),
        ("https://a.test", "https://a.test/"),
        ("HTTPS://a.test:8443/%7Euser", "https://a.test:8443/%7Euser"),
        ("https://bücher.test/ä", "https://xn--bcher-kva.test/%C3%A4"),
        ("https://BÜCHER.test/", "https://xn--bcher-kva.test/"),
        ("https://xn--bcher-kva.test/@a", "https://xn--bcher-kva.test/@a"),
        ("https://a.test:080/", "https://a.test:80/"),
        ("https://a-b_c.test/", "https://a-b_c.test/"),
    ],
)
def test_one_form(given: str, canonical: str) -> None:
    assert addresses.read(given).url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a.test",
        "//a.test/",
        "ftp://a.test/",
        "http://a.test/",
        "data:text/plain,x",
        "file:///etc/passwd",
        "https:a.test",
        "https:/a.test",
        "https:///a.test",
        "https://",
        "https://a.test/\ud800",
        "https://user@a.test/",
        "https://user:word@a.test/",
        "https://a.test@127.0.0.1/",
        "https://a.test\\@b.test/",
        "https://a.test/\r\nX-Injected: 1",
        "https://a.test/ x",
        "https://a.test\t/",
        "https://a.test\x00/",
        "https://a%2etest/",
        "https://a.test%00/",
        "https://a.test:/",
        "https://a.test:0/",
        "https://a.test:65536/",
        "https://a.test:-1/",
        "https://a.test:٣/",
        "https://a.test:22/",
        "https://a.test:25/",
        "https://a.test:6379/",
        "https://a.test:5432/",
        "https://a..test/",
        "https://a.test./",
        "https://.test/",
        "https://-a.test/",
        "https://a,b.test/",
        "https://xn--a/",
        "https://" + "a" * 64 + ".test/",
        "https://" + "a." * 130 + "test/",
        "https://a.test/" + "x" * 2048,
        "https://localhost/",
        "https://x.localhost/",
        "https://printer.local/",
        "https://db.internal/",
        "https://intranet/",
        # numbers
        "https://127.0.0.1/",
        "https://127.1/",
        "https://127.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://0/",
        "https://0.0.0.0/",
        "https://1.2.3.256/",
        "https://1.2.3.4.5/",
        "https://127.0.0.1./",
        "https://1。2。3。4/",
        "https://①②⑦.⓪.⓪.①/",
        "https://8.8.8.8/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fe80::1%25eth0]/",
        "https://[2606:4700::1111]/",
        "https://[::1",
        "https://[v1.x]/",
        "https://a.test:99999999999999999999/",
    ],
)
def test_refused(url: str) -> None:
    with pytest.raises(Refused):
        addresses.read(url)


def test_development() -> None:
    assert addresses.read("http://alpha.localhost:8080/x", allow_http=True).authority == "alpha.localhost:8080"
    assert addresses.read("http://a.test:81/x", allow_http=True).port == 81
    assert addresses.read("https://127.0.0.10/x", allow=LOOPBACK).host == "127.0.0.10"
    for url in ("https://127.0.0.1/", "https://127.0.0.12/", "https://2130706442/", "https://8.8.8.8/"):
        with pytest.raises(Refused):
            addresses.read(url, allow_http=True, allow=LOOPBACK)


@pytest.mark.parametrize("ip", ["1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::1"])
def test_public_machines_are_dialled(ip: str) -> None:
    assert addresses.may_dial(ip)


@pytest.mark.parametrize(
    "ip",
    [
        "",
        "a.test",
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_other_machines_are_not(ip: str) -> None:
    assert not addresses.may_dial(ip)


def test_allowed_networks_and_nothing_beside_them() -> None:
    assert addresses.may_dial("127.0.0.10", LOOPBACK)
    assert addresses.may_dial("::ffff:127.0.0.11", LOOPBACK)
    for ip in ("127.0.0.1", "127.0.0.12", "::1", "10.0.0.1", "169.254.169.254"):
        assert not addresses.may_dial(ip, LOOPBACK)


@given(
    st.sampled_from(["a.test", "b.a-b.test", "xn--bcher-kva.test", "10.0.0.1", "a..test", "-a.test", "1.2"]),
    st.sampled_from(["", ":8080", ":0", ":65535", ":65536", ":99999"]),
    st.lists(st.sampled_from(["/", "a", "?", "#", "%2f", "@", ":", "[", "]", ";", "~", "^", "ö", "//"]), max_size=8),
)
def test_the_short_way_of_reading_comes_to_the_same_end(host: str, port: str, rest: list[str]) -> None:
    """What begins with capitals goes the long way."""
    found = []
    for scheme in ("https", "HTTPS"):
        try:
            found.append(addresses.parse(f"{scheme}://{host}{port}{'/' if rest else ''}{''.join(rest)}"))
        except Refused:
            found.append(None)
    assert found[0] == found[1]
    if found[0] is not None:
        assert cavage._parts(found[0].url) == (found[0].authority, found[0].target)
