"""Where pictures lie: a folder, each file named by its content."""

import asyncio
import os
import re
import tempfile
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


def _keep(path: Path, content: bytes) -> None:
    if path.is_file():
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
