"""Prints the tree of the source, each module with the first sentence of its docstring: what ``make map`` shows."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOTS = ("schemas", "node", "federation", "web", "tests", "bench")


def sentence(path: Path) -> str:
    found = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return found.partition("\n")[0]


def lines(folder: Path, depth: int = 0) -> list[str]:
    """A folder and what is in it, folders after modules."""
    found = [f"{'  ' * depth}{folder.name}/"]
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            found.append(f"{'  ' * (depth + 1) + path.stem:<34} {sentence(path)}")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and any(path.rglob("*.py")) and path.name != "__pycache__":
            found += lines(path, depth + 1)
    return found


if __name__ == "__main__":
    for root in ROOTS:
        if (ROOT / root).is_dir():
            sys.stdout.write("\n".join(lines(ROOT / root)) + "\n\n")
