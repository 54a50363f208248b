"""What a post may be: its limits, and how wide an answer may be heard. Pure."""

from node.errors import Invalid
from node.words import N_, Message

VISIBILITIES = ("public", "quiet", "followers", "direct")
"""From the widest to the narrowest."""

LENSES = ("social", "business", "both")
TEXT_LIMIT = 5000
WARNING_LIMIT = 200
PICTURES = 4
"""More do not reach Mastodon."""
ALT_LIMIT = 1500


def check(text: str, warning: str, lens: str, visibility: str, pictures: int) -> str:
    """The trimmed text. Raises Invalid, naming every field that is wrong."""
    text = text.strip()
    wrong: dict[str, Message | str] = {}
    if not text and not pictures:
        wrong["text"] = N_("Write something first.")
    elif len(text) > TEXT_LIMIT:
        wrong["text"] = Message(
            N_("Please keep it below %(limit)d characters; it has %(length)d."),
            {"limit": TEXT_LIMIT, "length": len(text)},
        )
    if len(warning) > WARNING_LIMIT:
        wrong["warning"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": WARNING_LIMIT})
    if lens not in LENSES:
        wrong["lens"] = N_("Please choose one of these.")
    if visibility not in VISIBILITIES:
        wrong["visibility"] = N_("Please choose one of these.")
    if pictures > PICTURES:
        wrong["pictures"] = Message(N_("At most %(limit)d pictures go with a post."), {"limit": PICTURES})
    if wrong:
        raise Invalid(wrong)
    return text


def narrower(visibility: str, parent: str) -> str:
    """An answer is never heard by more people than what it answers: followers stay followers, direct stays direct."""
    limit = VISIBILITIES.index(parent) if parent in ("followers", "direct") else 0
    return VISIBILITIES[max(VISIBILITIES.index(visibility), limit)]
