"""What a question to choose from may be. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from node.errors import Invalid
from node.words import N_, Message

OPTIONS = 4
"""More are shown badly by nearly every program."""
OPTION_LIMIT = 50
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=30)
DAYS = (1, 3, 7, 14, 30)
"""What the page offers."""


@dataclass(frozen=True, slots=True)
class PollDraft:
    """Answers to choose from, one or several of them, for so long."""

    options: Sequence[str]
    is_multiple: bool = False
    lasts: timedelta = timedelta(days=7)


def check(draft: PollDraft) -> PollDraft:
    """The draft with its answers trimmed. Raises Invalid, naming every field that is wrong."""
    options = [" ".join(option.split()) for option in draft.options]
    options = [option for option in options if option]
    wrong: dict[str, Message | str] = {}
    if len(options) < 2:
        wrong["options"] = N_("Give at least two answers to choose from.")
    elif len(options) > OPTIONS:
        wrong["options"] = Message(N_("At most %(most)d answers reach everybody."), {"most": OPTIONS})
    elif len(set(options)) < len(options):
        wrong["options"] = N_("Two of the answers are the same.")
    elif any(len(option) > OPTION_LIMIT for option in options):
        wrong["options"] = Message(N_("Please keep each answer below %(limit)d characters."), {"limit": OPTION_LIMIT})
    if not SHORTEST <= draft.lasts <= LONGEST:
        wrong["lasts"] = N_("It can run from five minutes to thirty days.")
    if wrong:
        raise Invalid(wrong)
    return PollDraft(tuple(options), draft.is_multiple, draft.lasts)
