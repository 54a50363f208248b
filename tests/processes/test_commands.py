"""The commands as an operator types them: what they print, and what they exit with."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from support.processes import ROOT, Build, Place

pytestmark = pytest.mark.processes

FILE = "Name,Email,Company,Trade\nAlice Martin,alice@mail.test,Bread Ltd,Bakery\nBob,bob(at)mail.test,,\n"


async def call(place: Place, *words: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, what was printed, what was complained of."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", *words, cwd=ROOT, env={**place.environment, **environment},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), complaint.decode()


async def test_a_member_and_a_token(build: Build) -> None:
    place = await build("alpha")
    code, out, _ = await call(
        place, "member", "add", "alice", "--email", "alice@mail.test", "--admin", "--token", "--json"
    )
    assert code == 0
    [line] = out.splitlines()
    found = json.loads(line)
    assert found.keys() == {"username", "handle", "actor", "token"}
    assert found["handle"] == f"@alice@{place.host}"
    assert found["actor"] == f"{place.base}/ap/actors/alice"
    code, out, complaint = await call(place, "member", "add", "alice", "--email", "other@mail.test")
    assert (code, out) == (1, "")
    assert "Somebody has this name already" in complaint
    assert "Traceback" not in complaint
    code, out, _ = await call(place, "token", "alice", "--scope", "read push")
    assert code == 0
    assert len(out.strip()) >= 30
    assert (await call(place, "token", "nobody"))[0] == 1
    assert (await call(place, "token", "alice", "--scope", "everything"))[0] == 1


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_a_list_from_the_command_line(build: Build, tmp_path: Path) -> None:
    place = await build("alpha")
    file = tmp_path / "members.csv"
    file.write_text(FILE)
    code, out, _ = await call(place, "import", str(file), "--dry-run")
    assert code == 0
    assert "1 ready, 1 need a look" in out
    assert "Row 3, Email" in out
    code, out, _ = await call(place, "import", str(file), "--json")
    assert code == 0
    found = json.loads(out.splitlines()[-1])
    assert (found["created"], found["updated"], found["skipped"]) == (1, 0, 1)
    code, out, _ = await call(place, "import", str(file), "--json")
    assert json.loads(out.splitlines()[-1])["updated"] == 1
    assert (await call(place, "import", str(tmp_path / "none.csv")))[0] == 2
    (tmp_path / "empty.csv").write_text("")
    assert (await call(place, "import", str(tmp_path / "empty.csv")))[0] == 1


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_wrong_usage_and_wrong_settings(build: Build) -> None:
    place = await build("alpha")
    assert (await call(place, "no-such-command"))[0] == 2
    assert (await call(place, "member", "add"))[0] == 2
    code, _, complaint = await call(place, "run", COMMENSAL_LISTEN="nonsense")
    assert code == 1
    assert "nonsense" in complaint
    code, _, complaint = await call(place, "run", COMMENSAL_URL="http://8.8.8.8")
    assert code == 1
    assert "development" in complaint
    assert "Traceback" not in complaint
    code, _, complaint = await call(place, "run", COMMENSAL_DATABASE_URL="postgresql+asyncpg://127.0.0.1:9/none")
    assert code == 1
    assert "Traceback" not in complaint


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_the_doctor(build: Build) -> None:
    place = await build("alpha")
    await place.start()
    code, out, _ = await call(place, "doctor", "--json")
    found = {each["about"]: each["state"] for each in json.loads(out)}
    assert code == 0, out
    assert found["address"] == found["database"] == found["data"] == found["queue"] == "good"
    assert found["mail"] == found["tls"] == "attention"
    secret = place.folder / "data" / "secret.key"
    os.chmod(secret, 0o644)
    assert await place.processes[0].terminate() == 0
    code, out, _ = await call(place, "doctor", "--json")
    found = {each["about"]: each["state"] for each in json.loads(out)}
    assert code == 1
    assert found["address"] == found["secret"] == "wrong"


@pytest.mark.parametrize("build", ["sqlite"], indirect=True)
async def test_a_socket_in_the_file_system(build: Build, tmp_path: Path) -> None:
    path = tmp_path / "node.sock"
    place = await build("alpha", listen=f"unix:{path}")
    log = (place.folder / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node", "run", cwd=ROOT, env=place.environment, stdout=log, stderr=log
    )
    try:
        for _ in range(600):
            if path.exists():
                break
            await asyncio.sleep(0.05)
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(f"GET /readyz HTTP/1.1\r\nHost: {place.host}\r\nConnection: close\r\n\r\n".encode())
        assert b" 200 " in await reader.readline()
        writer.close()
    finally:
        process.terminate()
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        log.close()
