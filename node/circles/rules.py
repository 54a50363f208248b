"""What a circle may be: its door, its limits, and who may do what in it. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from node.errors import Invalid
from node.words import N_, Message

OPENNESS = ("open", "request", "invite")
NAME_LIMIT = 100
ABOUT_LIMIT = 4000
WORDS_LIMIT = 500
MOST_MADE = 10
"""Circles that one person may have begun and that still meet."""
MOST_CLOSED = 500
"""Members of a closed circle: what is said there is addressed to each of them by name."""
MOST_ASKING = 200
"""People who wait at one door."""
ASK_AGAIN = timedelta(days=30)
"""After a no."""
MOST_INVITATIONS = 30
"""That one person may send in a day."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What its moderators say of a circle. ``about`` is Markdown."""

    name: str
    about: str = ""
    openness: str = "open"
    is_closed: bool = False
    only_moderators_post: bool = False


def check(facts: Facts) -> Facts:
    """The facts, trimmed. Raises Invalid, naming every field that is wrong."""
    name, about = " ".join(facts.name.split()), facts.about.strip()
    wrong: dict[str, Message | str] = {}
    if not name:
        wrong["name"] = N_("What is the circle called?")
    elif len(name) > NAME_LIMIT:
        wrong["name"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": NAME_LIMIT})
    if len(about) > ABOUT_LIMIT:
        wrong["about"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": ABOUT_LIMIT})
    if facts.openness not in OPENNESS:
        wrong["openness"] = N_("Please choose one of these.")
    elif facts.is_closed and facts.openness == "open":
        wrong["openness"] = N_("Where what is said stays among members, somebody has to say who becomes one.")
    if wrong:
        raise Invalid(wrong)
    return Facts(name, about, facts.openness, facts.is_closed, facts.only_moderators_post)
