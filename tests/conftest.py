"""The fixtures every test can use; tests/support has what they are made of."""

import gc
import logging
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import structlog

from support import postgres
from support.chromium import program
from support.clock import Clock
from support.databases import Databases, settings
from support.mailbox import Mailbox
from support.network import Network
from support.nodes import Nodes, RigNode, open_node
from support.peer import Peer

if TYPE_CHECKING:
    from support.browser import Browser

KINDS = ("sqlite", "postgres")

# The same examples each time, and a busy machine is no failure.
hypothesis.settings.register_profile(
    "house", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        # The processes of one session share a folder, a name and, once one of them asks for it, a PostgreSQL.
        os.environ["COMMENSAL_TEST_FOLDER"] = tempfile.mkdtemp(prefix="commensal-tests-")
        os.environ["COMMENSAL_TEST_RUN"] = secrets.token_hex(3)
        os.environ["COMMENSAL_TEST_CONTROLLER"] = str(os.getpid())
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, _say_briefly],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    for name in [name for name in os.environ if name.startswith("COMMENSAL_") and "_TEST_" not in name]:
        del os.environ[name]  # the tests say themselves how a node is set up


def pytest_collection_finish() -> None:
    """What is loaded stays. To walk through all of it again and again is a sixth of what the tests compute."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _say_briefly(_logger: object, _name: str, event: dict[str, object]) -> str:
    """One line per event; of a traceback the end, where it went wrong."""
    if "exception" in event:
        event["exception"] = " | ".join(
            line.strip() for line in str(event["exception"]).splitlines()[-5:] if "^^" not in line
        )
    return f"{event.pop('level', '')} {event.pop('event', '')} {event}"


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop("COMMENSAL_TEST_FOLDER"))
        postgres.stop(folder / "postgres")
        folder.rmdir()


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, Databases]]:
    """Both kinds of database; most tests want ``database`` or ``node`` instead."""
    folder = Path(os.environ["COMMENSAL_TEST_FOLDER"])
    run = os.environ["COMMENSAL_TEST_RUN"] + "_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
    both = {kind: Databases(kind, folder, run) for kind in KINDS}
    yield both
    for kind in both.values():
        kind.close()


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, databases: dict[str, Databases]) -> AsyncIterator[str]:
    """The address of an empty database at the newest schema; the test runs once for each kind."""
    kind = databases[request.param]
    address = await kind.take()
    yield address
    await kind.give_back(address)


@pytest.fixture
def clock() -> Clock:
    """A Monday at nine, until the test moves it."""
    return Clock()


@pytest.fixture
async def node(database: str, clock: Clock, tmp_path: Path) -> AsyncIterator[RigNode]:
    """An open node at http://a.test with nothing in it and without HTTP: for services and queries."""
    node = await open_node(settings(database_url=database, data=tmp_path / "data"), clock)
    yield node
    await node.close()


@pytest.fixture
def network() -> Network:
    """The made-up names of this test and the ports behind them."""
    return Network()


@pytest.fixture(params=KINDS)
async def nodes(
    request: pytest.FixtureRequest, databases: dict[str, Databases], clock: Clock, network: Network, tmp_path: Path
) -> AsyncIterator[Nodes]:
    """Starts nodes with HTTP, signatures and a worker: ``await nodes.start("a.test")``. Once per kind of database."""
    town = Nodes(databases[request.param], clock, network, tmp_path)
    yield town
    await town.close()


@pytest.fixture
async def two_nodes(nodes: Nodes) -> tuple[RigNode, RigNode]:
    """Two associations, at a.test and b.test, that were never told about each other."""
    return await nodes.start("a.test"), await nodes.start("b.test")


@pytest.fixture
async def three_nodes(nodes: Nodes) -> tuple[RigNode, RigNode, RigNode]:
    """Three associations, at a.test, b.test and c.test."""
    return await nodes.start("a.test"), await nodes.start("b.test"), await nodes.start("c.test")


@pytest.fixture
async def peer(network: Network, clock: Clock) -> AsyncIterator[Peer]:
    """A scripted server of another kind at p.test; use ``network`` and Peer for more of them."""
    peer = Peer("p.test", network, clock)
    await peer.open()
    yield peer
    await peer.close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that keeps what it gets."""
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
async def browser() -> "AsyncIterator[Browser]":
    """A real Chromium; the test fails when a page complains on its console."""
    if program() is None:
        pytest.skip("no Chromium is installed")
    from support.browser import Browser  # half a second that only these tests need

    chromium = Browser()
    await chromium.open()
    yield chromium
    await chromium.close()
    assert chromium.complaints == []


def pytest_report_header() -> str:
    found = program()
    return f"browser tests: {found or 'no Chromium is installed, they will be skipped'}"
