"""Measures real nodes as processes, beside what the machine can do at best, and draws it.

``make bench`` takes all parts on both databases; ``make bench ARGS='inbound apps --sqlite'`` some of them on one.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent)]

from drawing import Paper  # noqa: E402 - neither the rig of the tests nor this folder is an installed package
from limits import measure  # noqa: E402
from load import Load  # noqa: E402
from parts import PARTS, Bench, Row  # noqa: E402
from world import Fediverse, World  # noqa: E402

from support.postgres import Postgres, serve, stop  # noqa: E402

LASTING = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on", "jit": "on"}
ROLES = {"run": ("run",), "split": ("web", "worker")}


async def on(
    database: str, chosen: argparse.Namespace, paper: Paper, elsewhere: Fediverse, folder: Path
) -> dict[str, Any]:
    """All chosen parts on one database."""
    load, postgres_url, postgres_pid = Load(), "", None
    if database == "postgresql":
        server = folder / "postgres"
        postgres = Postgres(await asyncio.to_thread(serve, server, **LASTING), "bench")
        postgres_url, postgres_pid = postgres.address(await postgres.create()), int((server / "pid").read_text())
    world = World(database, folder, elsewhere, postgres_url, postgres_pid)
    found: list[Row] = []
    try:
        paper.doing(database, "what the machine can do")
        limits = await measure(load, folder, postgres_url)
        paper.limits(database, limits)
        paper.doing(database, "filling the node")
        await world.fill()
        world.roles = ROLES[chosen.roles]
        await world.start()
        for name in chosen.parts:
            paper.doing(database, name)
            watching = None
            try:
                if chosen.profile:
                    watching = await _watch(world, chosen.profile / f"{database}-{name}.txt")
                rows = await PARTS[name](Bench(world, load, limits, chosen.scale))
            except Exception as error:  # the other parts are still worth their time
                paper.failed(database, name, error)
                traceback.print_exc()
                continue
            finally:
                if watching is not None:
                    watching.send_signal(signal.SIGINT)
                    await watching.wait()
            found += rows
            paper.rows(rows)
        if "idle" in chosen.parts and len(chosen.parts) > 1:
            most = [Row("memory", "most that a process had under all of this", world.most_memory, "MiB", 180)]
            found += most
            paper.rows(most)
        await world.stop()
        for log in world.logs:
            for line in log.read_text(errors="replace").splitlines():
                if "error" in line and ("crashed" in line or "worker_failed" in line or "activity_failed" in line):
                    paper.say(f"  log: {line[:200]}")
    finally:
        if chosen.keep_logs:
            for log in world.logs:
                (chosen.keep_logs / f"{database}-{log.name}").write_bytes(log.read_bytes())
        await world.close()
        load.close()
        if database == "postgresql":
            stop(folder / "postgres")
    return {
        "database": database,
        "limits": asdict(limits),
        "rows": [asdict(row) | {"ratio": row.ratio} for row in found],
    }


async def _watch(world: World, file: Path) -> asyncio.subprocess.Process:
    """Where the time goes, as py-spy sees it: stacks with their number of samples."""
    file.parent.mkdir(parents=True, exist_ok=True)
    pid = str(world.pids[-1])
    words = ("record", "--pid", pid, "--format", "raw", "--rate", "200", "--gil", "--output", str(file))
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec("py-spy", *words, stdout=quiet, stderr=quiet)


async def main(chosen: argparse.Namespace) -> None:
    databases = [name for name in ("sqlite", "postgresql") if getattr(chosen, name)] or ["sqlite", "postgresql"]
    paper = Paper(len(databases) * (len(chosen.parts) + 2))
    results = []
    with tempfile.TemporaryDirectory(prefix="commensal-bench-") as name:
        elsewhere = Fediverse(Path(name))
        await elsewhere.open()
        try:
            for database in databases:
                (Path(name) / database).mkdir()
                results.append(await on(database, chosen, paper, elsewhere, Path(name) / database))
        finally:
            elsewhere.close()
            paper.close()
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="bench", description=__doc__)
    arguments.add_argument("parts", nargs="*", help=f"of: {' '.join(PARTS)}; all when none is named")
    arguments.add_argument("--sqlite", action="store_true", help="only on SQLite")
    arguments.add_argument("--postgresql", action="store_true", help="only on PostgreSQL")
    arguments.add_argument("--roles", choices=ROLES, default="run", help="one process, or web and worker")
    arguments.add_argument("--scale", type=float, default=1.0, help="how much of each load, 0.1 for a quick look")
    arguments.add_argument("--json", type=Path, help="write the figures here, to compare them")
    arguments.add_argument("--profile", type=Path, help="put the stacks that py-spy sees into this folder")
    arguments.add_argument("--keep-logs", type=Path, help="copy what the nodes logged into this folder")
    given = arguments.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        arguments.error(f"there is no part {', '.join(sorted(unknown))}")
    given.parts = given.parts or list(PARTS)
    asyncio.run(main(given))
