"""Other people's programs on Node.js, for tests/interop."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.app import App
from support.processes import until

FOLDER = Path(__file__).parents[1] / "interop"
WITHIN = 30  # seconds; on a quiet machine things take one or two


def program(library: str) -> str:
    """The path of Node.js. The test is skipped where it, or this library, is not installed."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules" / library).is_dir():
        pytest.skip(f"Node.js with {library} is not installed; make test installs it where there is npm")
    return found


async def eventually(app: App, path: str, holds: Callable[[Any], bool]) -> Any:
    """What a member's app reads at this path, once ``holds`` says yes of it."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = [await app.get(path)]
        return holds(found[0])

    await until(there, WITHIN)
    return found[0]
