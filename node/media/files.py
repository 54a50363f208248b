"""Where pictures lie: a folder, each file named by its content."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from node.config import Config
from node.errors import Misconfigured, Unavailable
from node.words import N_

_DIGEST = re.compile(r"[0-9a-f]{64}")
_EXTENSIONS = frozenset({"webp"})


def folder(config: Config) -> Path:
    """The folder of ``media_url``. Raises Misconfigured for anything but ``file://``; object stores come later."""
    parts = urlsplit(config.media)
    if parts.scheme != "file" or parts.netloc:
        raise Misconfigured(N_("Pictures can be kept in a folder only so far: media_url must begin with file:///."))
    return Path(unquote(parts.path))


def path_of(config: Config, digest: str, extension: str) -> Path | None:
    """The file to serve for ``/media/{digest}.{extension}``; None when there is none. Nothing else can be reached."""
    if not _DIGEST.fullmatch(digest) or extension not in _EXTENSIONS:
        return None
    path = folder(config) / digest[:2] / f"{digest}.{extension}"
    return path if path.is_file() else None


async def keep(config: Config, digest: str, extension: str, content: bytes) -> None:
    """Store a file under its name; it appears whole or not at all."""
    await put(folder(config) / digest[:2] / f"{digest}.{extension}", content)


async def put(path: Path, content: bytes) -> None:
    """Store a file named by its content; it appears whole or not at all."""
    try:
        await asyncio.to_thread(_keep, path, content)
    except OSError as error:  # most likely the disk is full
        raise Unavailable from error


async def old(config: Config, before: float) -> AsyncIterator[dict[str, Path]]:
    """The files last kept before a moment (POSIX seconds), by digest, a shelf at a time."""
    shelves = await asyncio.to_thread(_shelves, folder(config))
    for shelf in shelves:
        found = await asyncio.to_thread(_old, shelf, before)
        if found:
            yield found


async def drop(paths: Iterable[Path], before: float) -> int:
    """Throw files away, but not what was kept anew meanwhile. Returns how many went."""
    return await asyncio.to_thread(_drop, list(paths), before)


def _shelves(shelves: Path) -> list[Path]:
    return sorted(path for path in shelves.iterdir() if path.is_dir()) if shelves.is_dir() else []


def _old(shelf: Path, before: float) -> dict[str, Path]:
    return {
        path.stem: path
        for path in shelf.iterdir()
        if _DIGEST.fullmatch(path.stem) and path.suffix[1:] in _EXTENSIONS and path.stat().st_mtime < before
    }


def _drop(paths: list[Path], before: float) -> int:
    count = 0
    for path in paths:
        if path.stat().st_mtime < before:
            path.unlink()
            count += 1
    return count


def _keep(path: Path, content: bytes) -> None:
    if path.is_file():
        os.utime(path)  # somebody wants it again: it is no leftover
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
