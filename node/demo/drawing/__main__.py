"""Draws all pictures of the demo again: `python -m node.demo.drawing`. The results are kept in the repository."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import blurhash
from PIL import Image

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
    lines = (f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in _facts().items())
    (PICTURES / "index.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _facts() -> dict[str, list[object]]:
    """Width, height and blurhash of each picture, so that the demo need not decode a hundred files at its start."""
    found: dict[str, list[object]] = {}
    for file in sorted(PICTURES.rglob("*.webp")):
        with Image.open(file) as image:
            small = image.convert("RGB").resize((32, 32))
            rows = [[small.getpixel((x, y)) for x in range(32)] for y in range(32)]
            wide = image.width >= image.height
            hashed = blurhash.encode(rows, components_x=4 if wide else 3, components_y=3 if wide else 4)
            found[str(file.relative_to(PICTURES).with_suffix(""))] = [image.width, image.height, hashed]
    return found


if __name__ == "__main__":
    (PICTURES / "people").mkdir(parents=True, exist_ok=True)
    main(sys.argv[1:])
