"""A first message asks something of the host, and says little about oneself."""

from node.errors import Invalid
from node.words import N_, Message

QUESTION_LIMIT = 500
ABOUT_LIMIT = 400


def check(question: str, about: str, host: str) -> tuple[str, str]:
    """Both parts, trimmed. ``host`` is the name of whom it goes to. Raises Invalid for ``question`` or ``about``."""
    question, about = question.strip(), about.strip()
    wrong: dict[str, Message | str] = {}
    if not question:
        wrong["question"] = Message(N_("Start with a question for %(name)s."), {"name": host})
    elif len(question) > QUESTION_LIMIT:
        wrong["question"] = Message(
            N_("Please keep the question below %(limit)d characters; it has %(length)d."),
            {"limit": QUESTION_LIMIT, "length": len(question)},
        )
    if len(about) > ABOUT_LIMIT:
        wrong["about"] = Message(
            N_("Please say it in %(limit)d characters; it has %(length)d."),
            {"limit": ABOUT_LIMIT, "length": len(about)},
        )
    if wrong:
        raise Invalid(wrong)
    return question, about
