"""The PDF of a paper: printed from its facts when first asked for, in a process of its own, and kept by content."""

import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from node.config import Config
from node.errors import NotFound, Unavailable
from node.media import files
from node.papers import cii, epc, press, words
from node.papers.model import Paper
from node.work import Node

LARGEST = 5 << 20
"""Bytes of a PDF that we take from elsewhere."""
_SECONDS = 30.0
_at_once = asyncio.Semaphore(1)
_LONGEST_LINE = 10
_waiting = 0

log = structlog.get_logger()


async def printed(node: Node, paper_id: int) -> Path:
    """The file of a paper that was issued here. Raises NotFound for a copy, Unavailable when it cannot be printed."""
    async with node.reading() as work:
        paper = await work.session.get(Paper, paper_id)
        if paper is None or paper.issuer_id is None:
            raise NotFound
        facts, at, digest = paper.facts, paper.issued_at, paper.digest
    found = file_of(node.config, digest)
    return found if found is not None else await keep(node, paper_id, await _run(order(facts, at)))


def file_of(config: Config, digest: str | None) -> Path | None:
    """The kept file of this content. It lies beside the pictures and cannot be had by their addresses."""
    path = _path(config, digest) if digest else None
    return path if path is not None and path.is_file() else None


async def keep(node: Node, paper_id: int, content: bytes) -> Path:
    """Put a PDF in its place and remember which paper it is. The file comes first."""
    digest = hashlib.sha256(content).hexdigest()
    path = _path(node.config, digest)
    await files.put(path, content)
    async with node.writing() as work:
        await work.session.execute(sa.update(Paper).where(Paper.id == paper_id).values(digest=digest))
    return path


def order(facts: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What the press is told. A function of the facts alone, so the same paper is the same file."""
    level, issued_on = cii.profile(facts), date.fromisoformat(facts["issuedOn"])
    if level:
        attachment = {
            "name": cii.FILE_NAMES[level],
            "content": cii.write(facts).decode(),
            "type": "text/xml",
            "relationship": "alternative" if level == "en16931" else "data",
            "description": "Factur-X" if level in cii.LEVELS else "Cross Industry Invoice",
        }
    else:
        attachment = {
            "name": "paper.json",
            "content": json.dumps(facts, ensure_ascii=False, sort_keys=True, indent=1),
            "type": "application/json",
            "relationship": "data",
            "description": "commensal:invoice",
        }
    return {
        "sheet": asdict(words.sheet(facts, facts["language"])),
        "attachment": attachment,
        "code": epc.svg(facts).decode() if epc.is_possible(facts) else None,
        "level": cii.LEVELS.get(level, ""),
        "at": at.isoformat(timespec="seconds"),
        "date": [issued_on.year, issued_on.month, issued_on.day],
    }


@contextlib.asynccontextmanager
async def _turn() -> AsyncIterator[None]:
    """One is printed at a time, and few wait for it. Raises Unavailable when more would."""
    global _waiting
    if _waiting >= _LONGEST_LINE:
        raise Unavailable
    _waiting += 1
    try:
        async with _at_once:
            yield
    finally:
        _waiting -= 1


async def _run(what: dict[str, Any]) -> bytes:
    async with _turn():
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", str(Path(press.__file__)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_SECONDS):
                answer, wrong = await process.communicate(json.dumps(what).encode())
        except TimeoutError:
            raise Unavailable from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0 or not answer.startswith(b"%PDF-"):
        log.error("paper_not_printed", status=process.returncode, wrong=wrong[-2000:].decode(errors="replace"))
        raise Unavailable
    return answer


def _path(config: Config, digest: str) -> Path:
    return files.folder(config) / "papers" / digest[:2] / f"{digest}.pdf"
