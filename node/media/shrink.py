"""Decodes one picture from a stranger and writes it anew: a program of its own, run with hard limits.

Reads the picture from standard input; writes one line of JSON and then the WebP file to standard output. Exit code 3
means that this is no picture we take, with the reason as a word on the line. It imports nothing of the node.
"""

import io
import json
import resource
import sys
import warnings
from typing import Any

LARGEST_SIDE = 1600
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MEMORY = 900 << 20
SECONDS = 20


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read()
    side = int(sys.argv[1]) if len(sys.argv) > 1 else LARGEST_SIDE
    try:
        facts, picture = shrink(data, side)
    except Refusal as refusal:
        print(json.dumps({"refused": refusal.args[0]}))  # noqa: T201 - this is how the program answers
        return 3
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + picture)
    return 0


class Refusal(Exception):
    """The argument is ``kind`` (not a picture), ``size`` (too many pixels) or ``broken``."""


def shrink(data: bytes, side: int) -> tuple[dict[str, Any], bytes]:
    """Width, height and blurhash, and the picture as WebP without anything but its pixels."""
    import blurhash
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            image.draft("RGB", (side, side))
            image.load()
            # The camera's idea of "up" is in the EXIF data, which is about to go.
            turned = ImageOps.exif_transpose(image)
            has_alpha = "A" in turned.getbands() or "transparency" in turned.info
            plain = turned.convert("RGBA" if has_alpha else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Refusal("size") from error
    except UnidentifiedImageError as error:
        raise Refusal("kind") from error
    except Exception as error:  # decoders raise anything on a crafted file
        raise Refusal("broken") from error
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    clean = Image.new(plain.mode, plain.size)
    clean.paste(plain)
    out = io.BytesIO()
    clean.save(out, "WEBP", quality=82, method=4)
    small = clean.convert("RGB").resize((32, 32))
    rows = [[small.getpixel((x, y)) for x in range(32)] for y in range(32)]
    wide = clean.width >= clean.height
    hashed = blurhash.encode(rows, components_x=4 if wide else 3, components_y=3 if wide else 4)
    return {"width": clean.width, "height": clean.height, "blurhash": hashed}, out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
