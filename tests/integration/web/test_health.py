"""What the operator's machines and browsers fetch besides pages."""

import gzip
import re
from dataclasses import replace

from support.nodes import Nodes, RigNode


async def test_alive_and_ready(node: RigNode) -> None:
    visitor = await node.visitor()
    assert (await visitor.open("/healthz")).body == b"ok\n"
    assert (await visitor.open("/readyz")).body == b"ready\n"


async def test_metrics_for_this_machine_or_with_the_token_only(nodes: Nodes) -> None:
    node = await nodes.start("a.test", metrics_token="a long secret", trusted_proxies="127.0.0.0/8")
    visitor = await node.visitor()
    local = await visitor.open("/metrics")
    assert local.status == 200
    assert local.headers["Content-Type"].startswith("application/openmetrics-text")
    assert local.body.endswith(b"# EOF\n")
    assert b'commensal_waiting{kind="deliveries"} 0' in local.body
    far = {"X-Forwarded-For": "203.0.113.9"}
    assert (await visitor.open("/metrics", **far)).status == 404
    assert (await visitor.open("/metrics", **far, Authorization="Bearer guess")).status == 404
    assert (await visitor.open("/metrics", **far, Authorization="Bearer a long secret")).status == 200


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(nodes: Nodes) -> None:
    node = await nodes.start("a.test")
    visitor = await node.visitor()
    assert (await visitor.open("/metrics", **{"X-Forwarded-For": "127.0.0.1"})).status == 404


async def test_static_files_are_kept_for_ever_under_their_hash(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open("/")
    found = re.findall(r'(?:href|src)="(/static/[^"#]+)"', page.body.decode())
    assert len(found) >= 4
    weight = len(page.body)
    for path in set(found):
        file = await visitor.open(path)
        assert file.status == 200
        assert "immutable" in file.headers["Cache-Control"]
        weight += len(gzip.compress(file.body))
    assert weight < 100_000  # what a page may weigh without pictures
    old = await visitor.open(re.sub("[0-9a-f]{16}", "0" * 16, found[0]))
    assert (old.status, old.headers["Cache-Control"]) == (200, "no-cache")
    for path in ("/static/0000000000000000/../app.py", "/static/0000000000000000/%2e%2e/app.py", "/static/x/mark.svg"):
        assert (await visitor.open(path)).status == 404


async def test_accent_is_a_stylesheet_of_its_own(node: RigNode) -> None:
    visitor = await node.visitor()
    page = await visitor.open("/accent/1f6f5c.css")
    assert page.headers["Content-Type"].startswith("text/css")
    assert b"--accent: #" in page.body
    assert (await visitor.open("/accent/xyzxyz.css")).status == 404


async def test_a_picture_that_is_not_there(node: RigNode) -> None:
    visitor = await node.visitor()
    assert (await visitor.open(f"/media/{'0' * 64}.webp")).status == 404
    assert (await visitor.open("/media/..%2f..%2fsecret.key")).status == 404


async def test_development_mail_exists_in_development_only(node: RigNode) -> None:
    visitor = await node.visitor()
    assert (await visitor.open("/dev/mail")).status == 200
    node.config = replace(node.config, url="https://a.test", allow_http=False)
    assert (await visitor.open("/dev/mail")).status == 404
