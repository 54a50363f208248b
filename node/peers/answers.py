"""What another host answered, in words for people. Pure."""

from node.words import N_, Message

_BY_STATUS = {
    400: N_("They did not understand it."),
    401: N_("They could not make sure that it is from us."),
    403: N_("They do not take anything from us."),
    404: N_("They no longer know this address."),
    410: N_("Whoever it was for is no longer there."),
    413: N_("It is too large for them."),
    429: N_("They asked us to come more slowly."),
    501: N_("They cannot do anything with it."),
}
_BY_BEGINNING = (
    ("no answer within", N_("They do not answer.")),
    ("no connection", N_("They cannot be reached.")),
    ("connection refused", N_("They cannot be reached.")),
    ("connection lost", N_("They hung up in the middle.")),
    ("name cannot be resolved", N_("Their address cannot be found.")),
    ("certificate is not valid", N_("We cannot be sure that it is them: their certificate is not in order.")),
    ("TLS failed", N_("We cannot speak with them in private.")),
    ("answer is not HTTP", N_("Their answer makes no sense.")),
    ("not delivered in time", N_("We tried for a week and gave up.")),
    ("not heard of them", N_("Nobody there has answered for two weeks.")),
    ("the recipient is gone", N_("Whoever it was for is no longer there.")),
    ("replaced by a newer one", N_("Something newer was sent in its place.")),
    ("the inbox is elsewhere", N_("They have moved; it was sent to the new address.")),
    ("the author is no longer", N_("Whoever wrote it is no longer here.")),
    ("The door to them", N_("The door to them was closed.")),
    ("We keep to the list", N_("They are not on the list of those we agree with.")),
    ("They are no longer on the list", N_("They are not on the list of those we agree with.")),
    ("The queue was emptied", N_("An officer of ours took it out of the queue.")),
    ("interrupted", N_("We were interrupted and will try again.")),
    ("failed here", N_("Something went wrong on our side; we will try again.")),
    ("address is", N_("Their address is one that we do not go to.")),
)


_OF_ONE = frozenset({408, 410, 425, 429})
"""Answers that say nothing of the host: somebody is gone, or it asks for time."""


def is_refusal(answer: str) -> bool:
    """Whether a host answered, as ``peers.last_answer`` has it, and did not take what it got."""
    status = answer.removeprefix("answered ")[:3] if answer.startswith("answered ") else ""
    return status.isdecimal() and 300 <= int(status) < 500 and int(status) not in _OF_ONE


def in_words(status: int | None, answer: str) -> Message | None:
    """What ``peers.last_answer`` or ``deliveries.last_status`` and ``last_answer`` say; None when they say nothing."""
    if status is None and answer.startswith("answered "):
        digits = answer.removeprefix("answered ")[:3]
        status = int(digits) if digits.isdecimal() else None
    for beginning, words in _BY_BEGINNING:
        if answer.startswith(beginning):
            return Message(words)
    if status is not None:
        return _of_status(status)
    return Message(N_("It did not work: %(reason)s."), {"reason": answer.rstrip(".")}) if answer else None


def _of_status(status: int) -> Message:
    if status in _BY_STATUS:
        return Message(_BY_STATUS[status])
    if status < 300:
        return Message(N_("They have taken it."))
    if status < 400:
        return Message(N_("Their address has changed."))
    if status in (408, 425) or status >= 500:
        return Message(N_("Something is broken on their side."))
    return Message(N_("They do not want it."))
