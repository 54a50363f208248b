"""Amounts told in bands, and small numbers not told at all: what is shown of many must not show one. Pure."""

from collections.abc import Collection

from node.money import Money, digits

FEWEST = 5
"""Members behind a number before anybody but they may see it."""
_STEPS = (100, 500, 1_000, 5_000, 20_000, 100_000)
"""Where the bands begin, for money of which a hundred parts make one."""


def band(minor: int, currency: str) -> tuple[int, int | None]:
    """From where to where, in whole units of the currency; None where there is no end."""
    amount = Money(minor, currency).major
    # Of money without small change one needs a hundred times as much.
    steps = [step * 100 for step in _STEPS] if digits(currency) == 0 else list(_STEPS)
    for low, high in zip((0, *steps), steps, strict=False):
        if amount < high:
            return low, high
    return steps[-1], None


def told(number: int, behind: Collection[int]) -> int | None:
    """The number when enough members are behind it, or nobody is; else None: too few to show."""
    return number if not behind or len(set(behind)) >= FEWEST else None
