"""Messages for people, kept as text and values until someone knows the reader's language."""

from dataclasses import dataclass, field
from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the field's name for "mark for translation"
    """Mark a text for extraction without translating it yet."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """An English text with named placeholders in %-style, e.g. ``Message("No %(name)s", {"name": "x"})``."""

    text: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text
