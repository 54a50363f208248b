"""Draws all pictures of the demo again: `python -m node.demo.drawing`. The results are kept in the repository."""

import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from node.demo.drawing import portraits, scenes
from node.demo.drawing.brush import Canvas

CONTENT = Path(__file__).parent.parent / "content"
PICTURES = Path(__file__).parent.parent / "pictures"

DOORS: dict[str, Callable[[], Canvas]] = {
    "door-harbour": scenes.harbour_door,
    "door-guild": scenes.guild_door,
    "logo-harbour": scenes.harbour_logo,
    "logo-guild": scenes.guild_logo,
}


def main(only: list[str]) -> None:
    """Draws everything, or the named pictures only."""
    for house in ("alpha", "beta"):
        people = tomllib.loads((CONTENT / f"{house}.toml").read_text(encoding="utf-8"))
        for username, person in people.items():
            if not only or username in only:
                face = portraits.read(person["portrait"])
                portraits.paint(face).save(PICTURES / "people" / f"{username}.webp", quality=78)
    for name in scenes.SCENES:
        if not only or name in only:
            scenes.paint(name).save(PICTURES / f"{name}.webp", quality=74)
    for name, draw in DOORS.items():
        if not only or name in only:
            draw().save(PICTURES / f"{name}.webp", quality=74)


if __name__ == "__main__":
    (PICTURES / "people").mkdir(parents=True, exist_ok=True)
    main(sys.argv[1:])
