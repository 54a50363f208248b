"""An association sets one colour; every tint and line that follows from it keeps its contrast by day and by night."""

from collections.abc import Callable
from dataclasses import dataclass

# The surfaces the colours must be readable on: as in web/static/styles/tokens.css, where a test compares them.
PAPER, INK = (0xFF, 0xFD, 0xF9), (0x2B, 0x23, 0x20)
LINEN = (0xF5, 0xEF, 0xE4)
NIGHT, NIGHT_INK = (0x2B, 0x24, 0x1E), (0xF1, 0xE7, 0xD8)
ON_FILL = (0xFF, 0xFA, 0xF5)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """The accent's roles for one of the two lights."""

    accent: Colour
    fill: Colour
    fill_hover: Colour
    on_accent: Colour
    tint: Colour
    line: Colour


def by_day(colour: Colour) -> Palette:
    accent = _until(colour, (0, 0, 0), lambda c: contrast(c, _mix(PAPER, c, 0.12)) >= 4.8 and contrast(c, LINEN) >= 4.8)
    return Palette(
        accent, accent, _mix(accent, (0, 0, 0), 0.2), ON_FILL, _mix(PAPER, accent, 0.1), _mix(PAPER, accent, 0.3)
    )


def by_night(colour: Colour) -> Palette:
    accent = _until(colour, (255, 255, 255), lambda c: contrast(c, _mix(NIGHT, c, 0.16)) >= 5)
    fill = _until(
        _until(colour, (255, 255, 255), lambda c: contrast(c, NIGHT) >= 2),
        (0, 0, 0),
        lambda c: contrast(c, ON_FILL) >= 4.8,
    )
    hover = _until(_mix(fill, (255, 255, 255), 0.1), (0, 0, 0), lambda c: contrast(c, ON_FILL) >= 4.5)
    return Palette(accent, fill, hover, ON_FILL, _mix(NIGHT, accent, 0.12), _mix(NIGHT, accent, 0.32))


def stylesheet(colour: str) -> str:
    """Overrides of the accent's tokens for a colour such as ``7d1f3a``."""
    chosen = read(colour)
    day, night = _tokens(by_day(chosen)), _tokens(by_night(chosen))
    return f"@layer tokens {{ :root {{ {day} }} @media (prefers-color-scheme: dark) {{ :root {{ {night} }} }} }}\n"


def read(colour: str) -> Colour:
    """``#rrggbb`` or ``rrggbb``. Raises ValueError."""
    digits = colour.removeprefix("#")
    if len(digits) != 6:
        raise ValueError("a colour has six hexadecimal digits")
    number = int(digits, 16)
    return number >> 16, number >> 8 & 255, number & 255


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _tokens(palette: Palette) -> str:
    roles = {
        "accent": palette.accent,
        "accent-fill": palette.fill,
        "accent-fill-hover": palette.fill_hover,
        "on-accent": palette.on_accent,
        "accent-tint": palette.tint,
        "accent-line": palette.line,
    }
    return " ".join(f"--{name}: #{red:02x}{green:02x}{blue:02x};" for name, (red, green, blue) in roles.items())


def _luminance(colour: Colour) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in (c / 255 for c in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _until(colour: Colour, towards: Colour, enough: Callable[[Colour], bool]) -> Colour:
    """``colour``, moved no further ``towards`` the other than is enough."""
    for step in range(51):
        moved = _mix(colour, towards, step / 50)
        if enough(moved):
            return moved
    return towards
