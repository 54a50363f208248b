"""Breaking things around real nodes, a database that is cut off or slow, a full disk; and what must hold afterwards."""

import asyncio
import contextlib
import resource
import subprocess
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from support.processes import Place


class Relay:
    """Stands between a node and PostgreSQL, at a socket of its own; cuts connections and slows them."""

    def __init__(self, folder: Path, behind: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._path = str(folder / ".s.PGSQL.5432")
        self._behind = str(behind / ".s.PGSQL.5432")
        self.delay = 0.0
        """Seconds before anything that the database answers goes on."""
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._meet, self._path)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> int:
        """End all connections at once, whatever is under way on them; how many that were."""
        cut = list(self._open)
        for writer in cut:
            writer.transport.abort()
        return len(cut)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_server = await asyncio.open_unix_connection(self._behind)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, to_server[1]}
        try:
            await asyncio.gather(self._pass(reader, to_server[1], False), self._pass(to_server[0], writer, True))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, to_server[1]):
                one.transport.abort()
                self._open.discard(one)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_answer: bool) -> None:
        while data := await reader.read(1 << 16):
            if is_answer and self.delay:
                await asyncio.sleep(self.delay)
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError


class Disk:
    """A folder on a disk of a few MiB where this machine lets us make one; otherwise a limit on the size of files."""

    def __init__(self, folder: Path, mebibytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)], capture_output=True, check=False
        )
        self.is_mounted = made.returncode == 0

    def fill(self, pid: int) -> None:
        """From now on nothing more can be written; ``pid`` is the process that is to feel it."""
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            return
        with contextlib.suppress(OSError), (self.folder / "ballast").open("wb", buffering=0) as ballast:
            for size in (1 << 16, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"x" * size)

    def free(self, pid: int) -> None:
        if not self.is_mounted:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        else:
            (self.folder / "ballast").unlink()

    def close(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)


async def check_invariants(place: Place, accepted: Collection[str] = ()) -> None:
    """What holds after any fault, once everything is at rest; ``accepted`` are the activities answered with 2xx."""
    received = await place.query("SELECT uri, state, lease FROM received")
    known = Counter(uri for uri, _, _ in received)
    assert set(accepted) - set(known) == set(), "I1: accepted, and nowhere to be found"
    open_ones = [row for row in received if row[1] not in ("done", "ignored", "refused") or row[2] is not None]
    assert open_ones == [], "I1: accepted, and not at an end"
    assert [uri for uri, count in known.items() if count > 1] == [], "I2: twice in the inbox"
    for statement, wrong in (
        ("SELECT uri FROM posts GROUP BY uri HAVING count(*) > 1", "I2: an effect twice"),
        ("SELECT account_id, kind, post_id, count(*) FROM notifications WHERE post_id IS NOT NULL"
         " GROUP BY account_id, kind, post_id, actor_id HAVING count(*) > 1", "I2: told twice"),
        ("SELECT id FROM posts WHERE uri LIKE '%.localhost%' AND author_id NOT IN (SELECT id FROM actors)", "I5"),
        ("SELECT activity_id FROM deliveries WHERE activity_id NOT IN (SELECT id FROM activities)", "I5: no cause"),
        ("SELECT id FROM activities a WHERE is_public AND type = 'Create' AND NOT EXISTS"
         " (SELECT 1 FROM posts p WHERE p.uri = a.object_uri)", "I5: said, but not kept"),
        ("SELECT activity_id, inbox_uri, state FROM deliveries WHERE state NOT IN"
         " ('waiting', 'delivered', 'gone', 'expired', 'refused', 'dropped')", "I4: no such state"),
        ("SELECT activity_id FROM fanouts", "I4: for nobody yet"),
        ("SELECT host FROM peers p WHERE due_at IS NULL AND blocked_at IS NULL AND EXISTS"
         " (SELECT 1 FROM deliveries d WHERE d.host = p.host AND d.state = 'waiting')", "I4: waits for ever"),
        ("SELECT host FROM deliveries d WHERE state = 'waiting' AND NOT EXISTS"
         " (SELECT 1 FROM peers p WHERE p.host = d.host)", "I4: waits for ever"),
        ("SELECT uri FROM posts WHERE deleted_at IS NOT NULL AND content <> ''", "I8: deleted, and still there"),
    ):  # fmt: skip
        assert await place.query(statement) == [], wrong
    if not place.database_url:
        assert await place.query("PRAGMA integrity_check") == [("ok",)], "I7"
        assert await place.query("PRAGMA foreign_key_check") == [], "I7"
