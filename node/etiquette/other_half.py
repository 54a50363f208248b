"""An offer to one person has another half: what is asked in return, the ask of theirs it answers, or “as a gift”."""

from node.errors import Invalid
from node.words import N_

ONE_WAY = ""


def other_half(terms: str, *, has_return: bool, answers_ask: bool) -> str:
    """``ask``, ``return``, ``gift``, or ONE_WAY for an offer that wants something and says not what.

    ``has_return``: a price, or words for what is wished in exchange. The same question is put to the form, to the API
    and to what other servers send.
    """
    if answers_ask:
        return "ask"
    if has_return:
        return "return"
    return "gift" if terms == "gift" else ONE_WAY


def is_unsolicited(half: str) -> bool:
    """True unless somebody asked for it."""
    return half != "ask"


def require(half: str) -> str:
    """The half there is. Raises Invalid for ``terms``."""
    if half == ONE_WAY:
        raise Invalid(
            {
                "terms": N_(
                    "An offer to one person has another half: what you ask in return, "
                    "the ask of theirs it answers, or that it is a gift."
                )
            }
        )
    return half
