"""What a node has in memory before anybody asks it for something: the libraries and modules that it must do without."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from web import later

FOR_SOME = {
    "PIL", "aiosmtplib", "alembic", "argon2", "asyncpg", "blurhash", "http_message_signatures", "http_sf", "linkify_it",
    "markdown_it", "multiprocessing", "nh3", "pydantic", "pygments", "rich", "segno", "sqlalchemy.dialects.postgresql",
    "stdnum", "typst", "webauthn", "xml.etree",
}  # fmt: skip
"""Loaded by the function that needs them, with the first that does."""
FOR_READERS = {"babel", "jinja2", "web.pages", "web.rendering"}
"""Loaded with the first page."""
FOR_REQUESTS = {"web.app", "web.forms", "web.middleware", "federation.endpoints"}
"""Not for a worker."""

START = """
import asyncio, json, sys
from node import __main__, logs, migrate
from node.config import load_config

async def start(role):
    from web.serving import running
    config = load_config()
    logs.set_up(config.log_format, "warning")
    await migrate.ensure(config)
    async with running(config, answers=role != "worker", works=role != "web") as it:
        print(json.dumps(sorted(sys.modules)))
        it.stop.set()

asyncio.run(start(sys.argv[1]))
"""


@pytest.mark.parametrize("role", ["run", "worker"])
def test_a_node_starts_without_what_few_need(role: str, tmp_path: Path) -> None:
    settings = {
        "COMMENSAL_URL": "http://a.test",
        "COMMENSAL_ALLOW_HTTP": "1",
        "COMMENSAL_DATA": str(tmp_path),
        "COMMENSAL_LISTEN": f"unix:{tmp_path}/listen",
    }
    done = subprocess.run(
        [sys.executable, "-c", START, role],
        env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    loaded = set(json.loads(done.stdout)) - {"web.pages"}  # the folder itself, whose names are read
    unwanted = FOR_SOME | FOR_READERS | (FOR_REQUESTS if role == "worker" else set())
    assert not [name for name in loaded if any(name == each or name.startswith(f"{each}.") for each in unwanted)]
    assert role == "worker" or "web.app" in loaded


def test_every_page_and_answer_can_be_loaded_and_found() -> None:
    for module in later.modules_that_answer():
        for route in later.routes_of(module):
            assert later.address_of(module, route.path)


def test_every_exception_is_one() -> None:
    modules = set(later.modules_that_answer())
    for module, addresses in later._AT.items():
        assert module in modules
        routes = later.routes_of(module)
        assert {later.address_of(module, route.path) for route in routes} == set(addresses)
