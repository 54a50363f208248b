"""`commensal demo`: starts two nodes, has them filled the first time, says what to try, and stops both at Ctrl-C."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from node.demo import world
from node.demo.filling import STAGES
from node.demo.world import HOUSES

USUAL_PORT = 8080
FOLDER = Path("demo-data")
_FILLING = "filling"
_LAST_WORDS = 25  # lines of a node's log that are shown when it fails
_SECONDS_TO_START = 60
_SECONDS_TO_FILL = 300
_SECONDS_TO_STOP = 12


class Failed(Exception):
    """A node stopped by itself, or was not ready in time."""


class House:
    """One node as a process of its own."""

    def __init__(self, key: str, port: int, folder: Path) -> None:
        self.key = key
        self.port = port
        self.folder = folder
        self.host = f"{key}.localhost:{port}"
        self.url = f"http://{self.host}"
        self.log = folder / "node.log"
        self.heard: asyncio.Queue[dict[str, object]] = asyncio.Queue()
        self._process: asyncio.subprocess.Process | None = None
        self._listening: asyncio.Task[None] | None = None

    async def start(self, began: datetime | None, hosts: dict[str, str]) -> None:
        """Start it; ``began`` is the moment to fill it for, None when it is filled already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COMMENSAL_")}
        environment |= {
            "COMMENSAL_URL": self.url,
            "COMMENSAL_LISTEN": f"127.0.0.1:{self.port}",
            "COMMENSAL_DATA": str(self.folder.resolve()),
            "COMMENSAL_ALLOW_HTTP": "1",
            "COMMENSAL_ALLOW_ADDRESSES": "127.0.0.0/8,::1/128",
            "COMMENSAL_RATE_LIMITS": "off",
            "PYTHONUNBUFFERED": "1",
        }
        words = [
            sys.executable,
            "-m",
            "node",
            "demo-house",
            self.key,
            *(f"{name}={host}" for name, host in hosts.items()),
        ]
        if began is not None:
            words += ["--began", began.isoformat()]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *words,
                cwd=self.folder,  # a settings file of the folder we were called in is not meant for these nodes
                env=environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours; we stop the nodes in good order
            )
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            with contextlib.suppress(ValueError):
                self.heard.put_nowait(json.loads(line))
        self.heard.put_nowait({"ended": await self._process.wait()})

    async def tell(self, words: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{words}\n".encode())
        await self._process.stdin.drain()

    async def next(self) -> dict[str, object]:
        """What it says next. Raises Failed when it has ended."""
        said = await self.heard.get()
        if "ended" in said:
            raise Failed(f"{self.key} stopped by itself ({said['ended']}).\n\n{self.last_words()}")
        return said

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_WORDS:]
        return "\n".join([*lines, f"(the whole log: {self.log})"])

    async def stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(_SECONDS_TO_STOP):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._listening is not None:
            await asyncio.gather(self._listening, return_exceptions=True)


def run(port: int = USUAL_PORT, folder: Path | None = None) -> int:
    """Until Ctrl-C. Returns the exit code."""
    console = Console()
    # Ids are made from the address, so each pair of ports has people of its own.
    folder = folder or (FOLDER if port == USUAL_PORT else FOLDER / f"port-{port}")
    for wanted in (port, port + 1):
        if not _is_free(wanted):
            console.print(f"Port {wanted} is in use. [bold]PORT=9000 make demo[/] takes 9000 and 9001 instead.")
            return 1
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_run(port, folder, console))
    return 0


async def _run(port: int, folder: Path, console: Console) -> int:
    began = _begin(folder)
    houses = [House(key, port + number, folder / key) for number, key in enumerate(HOUSES)]
    hosts = {house.key: house.host for house in houses}
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    console.print()
    console.print("  [bold]Commensal[/] · two associations at one table\n")
    started = time.monotonic()
    stopping = asyncio.create_task(stop.wait())
    working = asyncio.create_task(_work(houses, hosts, began, folder, console, started))
    try:
        await asyncio.wait((stopping, working), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()  # _work comes back by itself only with an error
        return 0
    except Failed as failure:
        console.print(f"\n  [bold red]It did not work:[/] {failure}\n", highlight=False)
        return 1
    finally:
        for task in (stopping, working):
            task.cancel()
        await asyncio.gather(stopping, working, return_exceptions=True)
        console.print("\n  Closing both houses …", end="")
        await asyncio.gather(*(house.stop() for house in houses))
        console.print(f" closed. Everything stays in [bold]{folder}[/] for the next time.\n")


def _lay_out_files(houses: list[House]) -> None:
    """A member list with three mistakes, to be tried on the import page."""
    for house in houses:
        (house.folder / "new-members.csv").write_bytes(world.member_file("new-members.csv"))


async def _work(
    houses: list[House], hosts: dict[str, str], began: datetime | None, folder: Path, console: Console, started: float
) -> None:
    try:
        await asyncio.gather(*(house.start(began, hosts) for house in houses))
        async with asyncio.timeout(_SECONDS_TO_START):
            for house in houses:
                while "ready" not in await house.next():
                    continue
        if began is not None:
            async with asyncio.timeout(_SECONDS_TO_FILL):
                await _fill(houses, console)
            _lay_out_files(houses)
            (folder / _FILLING).unlink()
    except TimeoutError:
        raise Failed("it took too long.\n\n" + "\n\n".join(house.last_words() for house in houses)) from None
    _say_what_to_try(houses, console, time.monotonic() - started)
    await asyncio.gather(*(_watch(house) for house in houses))


async def _watch(house: House) -> None:
    while True:
        await house.next()


def _begin(folder: Path) -> datetime | None:
    """The moment to fill the nodes for; None when that was done. What was interrupted begins anew."""
    if (folder / _FILLING).exists():
        for house in HOUSES:
            shutil.rmtree(folder / house, ignore_errors=True)
    elif all((folder / house / "node.db").exists() for house in HOUSES):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _FILLING).touch()
    return datetime.now(UTC).replace(microsecond=0)


async def _fill(houses: list[House], console: Console) -> None:
    progress = Progress(
        TextColumn(" "),
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
        console=console,
    )
    with progress:
        for stage, words in STAGES.items():
            bar = progress.add_task(words, total=None)
            amounts: dict[str, tuple[int, int]] = {}

            async def hear(house: House, stage: str, amounts: dict[str, tuple[int, int]], bar: object) -> None:
                while True:
                    said = await house.next()
                    if said.get("finished") == stage:
                        return
                    if said.get("stage") == stage:
                        amounts[house.key] = (int(str(said["done"])), int(str(said["of"])))
                        done, of = (sum(pair[part] for pair in amounts.values()) for part in (0, 1))
                        progress.update(bar, completed=done, total=max(of, 1))  # type: ignore[arg-type]

            await asyncio.gather(*(hear(house, stage, amounts, bar) for house in houses))
            progress.update(bar, total=1, completed=1)
            for house in houses:
                await house.tell(stage)


def _say_what_to_try(houses: list[House], console: Console, seconds: float) -> None:
    alpha, beta = houses
    town = world.load()
    console.print(f"\n  Both houses are open, after {seconds:.0f} seconds.\n")
    table = Table(box=None, padding=(0, 2), show_header=False, pad_edge=True)
    for house in houses:
        table.add_row(
            f"[bold]{town.houses[house.key].name}[/]",
            f"[bold cyan]{house.url}[/]",
            _plain(town.houses[house.key].place),
        )
    console.print(table)
    console.print("\n  Log in with any of these and the password [bold]" + world.PASSWORD + "[/]\n")
    people = Table(box=None, padding=(0, 2), show_header=False, pad_edge=True)
    for name, words in (
        ("alice", "bakes; two people would like to know her"),
        ("ingrid", "keeps the office of the Chamber"),
        ("omar", "counts its money"),
        ("bob", "makes tables, and baskets in secret"),
        ("carol", "keeps the Guild and its evenings"),
    ):
        person = town.people[name]
        people.add_row(f"[bold]{name}@{person.house}.test[/]", words, f"[dim]{person.house}[/]")
    console.print(people)
    console.print("\n  Five things to try\n")
    for number, words in enumerate(
        (
            f"Look around without logging in: {alpha.url}",
            f"As Alice, answer those who wait for you, Bob’s quote among them: {alpha.url}/today",
            f"As Bob, put up an offer at {beta.url}/listings/new, and see it at {alpha.url}/listings seconds later",
            f"As Carol, look for “bakery” and ask Alice something: {beta.url}/directory",
            f"As Ingrid, try a file with three mistakes, {alpha.folder / 'new-members.csv'}: {alpha.url}/office/import",
        ),
        start=1,
    ):
        console.print(f"   [dim]{number}[/]  {words}", highlight=False, soft_wrap=True)
    console.print(
        f"\n  Letters the nodes would send by mail are at {alpha.url}/dev/mail and {beta.url}/dev/mail", soft_wrap=True
    )
    console.print("  Ctrl-C closes both houses.\n")


def _plain(text: str) -> str:
    return f"[dim]{text}[/]"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
