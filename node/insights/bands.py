"""Amounts told in bands, and small numbers not told at all: what is shown of many must not show one. Pure."""

from collections.abc import Collection

from node.money import digits

FEWEST = 5
"""Members behind a number before anybody but they may see it."""
_STEPS = (100, 500, 1_000, 5_000, 20_000, 100_000)
"""Where the bands begin, for money of which a hundred parts make one."""


def band(minor: int, currency: str) -> tuple[int, int | None]:
    """From where to where, in minor units; None where there is no end."""
    # Of money without small change one needs a hundred times as much.
    steps = [step * (100 if digits(currency) == 0 else 10 ** digits(currency)) for step in _STEPS]
    for low, high in zip((0, *steps), steps, strict=False):
        if minor < high:
            return low, high
    return steps[-1], None


def told(number: int, behind: Collection[int]) -> int | None:
    """The number when enough members are behind it, or nobody is; else None: too few to show."""
    return number if not behind or len(set(behind)) >= FEWEST else None
