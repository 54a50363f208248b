"""What a post may be: its limits, and how wide an answer may be heard. Pure."""

from node.errors import Invalid
from node.words import N_, Message

VISIBILITIES = ("public", "quiet", "followers", "direct")
"""From the widest to the narrowest."""

IN_CIRCLE = "circle"
"""The visibility of what only the members of a closed circle read. Nobody chooses it: the circle does."""

LENSES = ("social", "business", "both")
SAID = ("note", "poll", "article")
"""The kinds a member writes as text."""
READ = (*SAID, "event", "other")
"""The kinds whose whole content is their text. What is one of them may become another by an edit."""
TEXT_LIMIT = 5000
ARTICLE_LIMIT = 50_000
"""With a title it may be longer."""
TITLE_LIMIT = 150
WARNING_LIMIT = 200
PICTURES = 4
"""More do not reach Mastodon."""
ALT_LIMIT = 1500


def check(text: str, warning: str, lens: str, visibility: str, pictures: int, title_: str = "") -> str:
    """The trimmed text. Raises Invalid, naming every field that is wrong."""
    text = text.strip()
    limit = ARTICLE_LIMIT if title(title_) else TEXT_LIMIT
    wrong: dict[str, Message | str] = {}
    if not text and (not pictures or title(title_)):
        wrong["text"] = N_("Write something first.")
    elif len(text) > limit:
        wrong["text"] = Message(
            N_("Please keep it below %(limit)d characters; it has %(length)d."),
            {"limit": limit, "length": len(text)},
        )
    if len(title(title_)) > TITLE_LIMIT:
        wrong["title"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": TITLE_LIMIT})
    if len(warning) > WARNING_LIMIT:
        wrong["warning"] = Message(N_("Please keep it below %(limit)d characters."), {"limit": WARNING_LIMIT})
    if lens not in LENSES:
        wrong["lens"] = N_("Please choose one of these.")
    if visibility not in (*VISIBILITIES, IN_CIRCLE):
        wrong["visibility"] = N_("Please choose one of these.")
    if pictures > PICTURES:
        wrong["pictures"] = Message(N_("At most %(limit)d pictures go with a post."), {"limit": PICTURES})
    if wrong:
        raise Invalid(wrong)
    return text


def title(typed: str) -> str:
    """A title on one line."""
    return " ".join(typed.split())


def narrower(visibility: str, parent: str) -> str:
    """An answer is never heard by more people than what it answers: followers stay followers, direct stays direct."""
    limit = VISIBILITIES.index(parent) if parent in ("followers", "direct") else 0
    return VISIBILITIES[max(VISIBILITIES.index(visibility), limit)]
