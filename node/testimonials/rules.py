"""What a recommendation may be. Pure."""

from node.errors import Invalid
from node.words import N_, Message

TEXT_LIMIT = 1000
BASES: dict[str, str] = {
    "deal": N_("Based on a confirmed deal"),
    "meeting": N_("Based on a confirmed meeting"),
    "referral": N_("Based on a confirmed referral"),
}
"""What happened between the two, in words that say nothing more of it."""


def check(text: str) -> str:
    """The words as they are kept. Raises Invalid."""
    text = text.strip()
    if not text:
        raise Invalid({"text": N_("Write something first.")})
    if len(text) > TEXT_LIMIT:
        raise Invalid(
            {"text": Message(N_("Please keep it below %(limit)d characters; it has %(length)d."),
                             {"limit": TEXT_LIMIT, "length": len(text)})}
        )  # fmt: skip
    return text
