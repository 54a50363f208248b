"""What this machine can do at best, measured in the same run: arithmetic of signatures, commits, a bare HTTP server."""

import asyncio
import multiprocessing
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp.web as aioweb
import uvloop
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from load import Load
from measure import cpu_of, free_port


@dataclass(frozen=True)
class Limits:
    """CPU-seconds per 1,000, but for commits: those are per second, and wait for the disk."""

    sign: float
    verify: float
    post: float
    post_p99: float
    commits: float

    def lines(self) -> dict[str, str]:
        return {
            "RSA-2048 signatures": f"{self.sign:.2f} CPU-s per 1,000",
            "RSA-2048 verifications": f"{self.verify:.3f} CPU-s per 1,000",
            "bare aiohttp POST of 2 kB": f"{self.post:.2f} CPU-s per 1,000, p99 {self.post_p99 * 1000:.1f} ms",
            "commits of one row": f"{self.commits:.0f} /s",
        }


async def measure(load: Load, folder: Path, postgres_url: str) -> Limits:
    key, text = _KEY, os.urandom(200)
    public = key.public_key()
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    sign = signing()
    verify = _per_1000(lambda: public.verify(signature, text, padding.PKCS1v15(), hashes.SHA256()), 5000)
    post, p99 = await _bare_post(load, folder)
    commits = await _postgres_commits(postgres_url) if postgres_url else _sqlite_commits(folder)
    return Limits(sign, verify, post, p99, commits)


_KEY = rsa.generate_private_key(65537, 2048)


def signing() -> float:
    """CPU-seconds for 1,000 signatures just now: a machine that others use as well is not equally fast all the time."""
    text = os.urandom(200)
    return _per_1000(lambda: _KEY.sign(text, padding.PKCS1v15(), hashes.SHA256()), 1000)


def _per_1000(what: object, times: int) -> float:
    assert callable(what)
    begun = time.process_time()
    for _ in range(times):
        what()
    return (time.process_time() - begun) * 1000 / times


async def _bare_post(load: Load, folder: Path) -> tuple[float, float]:
    port, ready = free_port(), folder / "bare"
    process = multiprocessing.get_context("spawn").Process(target=_serve_bare, args=(port, ready), daemon=True)
    process.start()
    while not ready.exists():
        await asyncio.sleep(0.02)
    body = b"x" * 2000
    request = b"POST /inbox HTTP/1.1\r\nHost: bare\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    await load.send(port, [request] * 200)
    assert process.pid is not None
    before = cpu_of(process.pid)
    report = (await load.send(port, [request] * 4000)).require(202)
    spent = cpu_of(process.pid) - before
    process.terminate()
    process.join()
    return spent / 4, report.quantile(0.99)


def _serve_bare(port: int, ready: Path) -> None:
    async def take(request: aioweb.Request) -> aioweb.Response:
        await request.read()
        return aioweb.Response(status=202)

    async def run() -> None:
        app = aioweb.Application()
        app.router.add_post("/inbox", take)
        runner = aioweb.AppRunner(app, access_log=None)
        await runner.setup()
        await aioweb.TCPSite(runner, "127.0.0.1", port).start()
        ready.touch()
        await asyncio.Event().wait()

    uvloop.run(run())


def _sqlite_commits(folder: Path) -> float:
    connection = sqlite3.connect(folder / "commits.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
    begun = time.monotonic()
    number = 0
    while time.monotonic() - begun < 1.5:
        connection.execute("INSERT INTO t (body) VALUES (?)", ("x" * 500,))
        number += 1
    took = time.monotonic() - begun
    connection.close()
    return number / took


async def _postgres_commits(url: str) -> float:
    import asyncpg

    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    await connection.execute("CREATE TABLE bench_commits (id bigserial PRIMARY KEY, body text)")
    begun = time.monotonic()
    number = 0
    while time.monotonic() - begun < 1.5:
        await connection.execute("INSERT INTO bench_commits (body) VALUES ($1)", "x" * 500)
        number += 1
    took = time.monotonic() - begun
    await connection.execute("DROP TABLE bench_commits")
    await connection.close()
    return number / took
