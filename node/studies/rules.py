"""What a study may ask, how it is answered, and what may be shown of the answers. Pure."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from node.errors import Invalid
from node.words import N_, Message

KINDS: dict[str, str] = {
    "one": N_("Choose one"),
    "many": N_("Choose any"),
    "scale": N_("From 1 to 5"),
    "text": N_("In their own words"),
}
PANELS: dict[str, str] = {
    "here": N_("Members of this association"),
    "associations": N_("Members of associations we know"),
    "open": N_("Everybody, on any network"),
}
QUESTIONS = 10
OPTIONS = 10
FLOOR = 5
"""Fewer answers identify people. A study may ask for more, never for less."""
LONGEST = timedelta(days=93)
TEXT_LIMIT = 500
SCALE = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``options`` for "one" and "many" only."""

    text: str
    kind: str
    options: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {"text": self.text, "kind": self.kind, "options": list(self.options)}

    @staticmethod
    def read(document: Mapping[str, Any]) -> "Question":
        return Question(document["text"], document["kind"], tuple(document.get("options", ())))


@dataclass(frozen=True, slots=True)
class Tally:
    """What may be shown of the answers to one question. ``rows``: option, how many, per cent of those who answered."""

    question: Question
    answered: int
    rows: tuple[tuple[str, int, int], ...] = ()
    mean: float | None = None
    texts: tuple[str, ...] = ()


def check(
    *,
    title: str,
    purpose: str,
    panel: str,
    hosts: Sequence[str],
    questions: Sequence[Question],
    floor: int,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Raises Invalid, naming every field that is wrong."""
    wrong: dict[str, Message | str] = {}
    if not title or len(title) > 200:
        wrong["title"] = N_("Give it a name.")
    if not purpose.strip():
        wrong["purpose"] = N_("Say what it is for: who answers agrees to that.")
    elif len(purpose) > 2000:
        wrong["purpose"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": 2000})
    if panel not in PANELS:
        wrong["panel"] = N_("Please choose one of these.")
    if panel == "associations" and not hosts:
        wrong["hosts"] = N_("Choose at least one association.")
    if not FLOOR <= floor <= 100:
        wrong["floor"] = N_("Give a number from 5 to 100.")
    if not questions:
        wrong["questions-0-text"] = N_("Ask one question at least.")
    elif len(questions) > QUESTIONS:
        wrong["questions-0-text"] = Message(N_("At most %(limit)d questions, please."), {"limit": QUESTIONS})
    for number, question in enumerate(questions[:QUESTIONS]):
        where = f"questions-{number}-"
        if not question.text or len(question.text) > 300:
            wrong[where + "text"] = N_("Write the question, in a sentence.")
        if question.kind not in KINDS:
            wrong[where + "kind"] = N_("Please choose one of these.")
        elif question.kind in ("one", "many"):
            if not 2 <= len(question.options) <= OPTIONS:
                wrong[where + "options"] = N_("Give from two to ten answers to choose from.")
            elif len(set(question.options)) < len(question.options) or any(
                len(text) > 100 for text in question.options
            ):
                wrong[where + "options"] = N_("Each answer once, and short.")
    if ends_at <= now:
        wrong["ends_at"] = N_("Choose a day that is still to come.")
    elif ends_at > now + LONGEST + timedelta(days=1):
        wrong["ends_at"] = N_("Choose a day within three months.")
    if wrong:
        raise Invalid(wrong)


def read_answers(questions: Sequence[Question], given: Sequence[Any]) -> list[Any]:
    """One value for each question: an option's number, a list of them, 1 to 5, text, or None where nothing was said.

    Raises Invalid (``answers-<number>``), and when nothing at all was answered.
    """
    wrong: dict[str, Message | str] = {}
    found: list[Any] = []
    for number, question in enumerate(questions):
        value = given[number] if number < len(given) else None
        where = f"answers-{number}"
        if value in (None, "", []):
            found.append(None)
        elif question.kind == "text":
            text = value.strip() if isinstance(value, str) else ""
            if len(text) > TEXT_LIMIT:
                wrong[where] = Message(N_("Please keep it below %(limit)d characters."), {"limit": TEXT_LIMIT})
            found.append(text or None)
        elif question.kind == "many":
            picked = value if isinstance(value, list) else [value]
            if not all(isinstance(one, int) and 0 <= one < len(question.options) for one in picked):
                wrong[where] = N_("Please choose one of these.")
            found.append(sorted(set(picked)) if where not in wrong else None)
        else:
            least, most = (0, len(question.options) - 1) if question.kind == "one" else (1, SCALE)
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                wrong[where] = N_("Please choose one of these.")
            found.append(value)
    if not wrong and all(value is None for value in found):
        wrong["answers-0"] = N_("Answer one question at least.")
    if wrong:
        raise Invalid(wrong)
    return found


def tally(questions: Sequence[Question], answers: Sequence[Sequence[Any]], floor: int) -> list[Tally] | None:
    """What may be shown of these answers, or None while fewer than ``floor`` people have answered.

    What people wrote in their own words is shown in the order of the alphabet, so that nobody is found by their place.
    """
    if len(answers) < max(floor, FLOOR):
        return None
    found = []
    for number, question in enumerate(questions):
        values = [answer[number] for answer in answers if number < len(answer) and answer[number] is not None]
        if question.kind == "text":
            texts = tuple(sorted(str(value) for value in values)) if len(values) >= max(floor, FLOOR) else ()
            found.append(Tally(question, len(values), texts=texts))
            continue
        labels = question.options if question.kind != "scale" else tuple(str(one) for one in range(1, SCALE + 1))
        counts: Counter[int] = Counter()
        for value in values:
            counts.update(value if isinstance(value, list) else [value - 1 if question.kind == "scale" else value])
        rows = tuple(
            (label, counts[place], round(100 * counts[place] / len(values)) if values else 0)
            for place, label in enumerate(labels)
        )
        mean = statistics.fmean(values) if question.kind == "scale" and values else None
        found.append(Tally(question, len(values), rows=rows, mean=mean))
    return found


def groups(hosts: Sequence[str], floor: int) -> tuple[dict[str, int], int]:
    """How many answered from where, of groups that are large enough; and how many in all others together.

    One single small group beside large ones could be worked out from the whole: then the smallest large one joins it.
    """
    counts = Counter(hosts)
    shown = {host: count for host, count in counts.items() if count >= max(floor, FLOOR)}
    rest = sum(counts.values()) - sum(shown.values())
    if 0 < rest < max(floor, FLOOR) and shown:
        smallest = min(shown, key=lambda host: (shown[host], host))
        rest += shown.pop(smallest)
    return shown, rest
