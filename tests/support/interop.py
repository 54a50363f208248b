"""Other people's programs on Node.js, for tests/interop."""

import shutil
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "interop"
WITHIN = 30  # seconds; on a quiet machine things take one or two


def program(library: str) -> str:
    """The path of Node.js. The test is skipped where it, or this library, is not installed."""
    found = shutil.which("node")
    if found is None or not (FOLDER / "node_modules" / library).is_dir():
        pytest.skip(f"Node.js with {library} is not installed; make test installs it where there is npm")
    return found
