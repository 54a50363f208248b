"""Which program takes what: one table of families, by the name a host gives in NodeInfo. Pure.

There is one document under one id for everybody; what differs is which activities and objects are sent to whom. Whoever
sends something that not everybody takes says so, and the outbox chooses the hosts in the same statement::

    audience = Audience(followers=True, taking=dialects.ANNOUNCED_ACTIVITY)
    await outbox.publish(work, circle, whole, audience)    # Announce{object: the whole Create}: Lemmy, ours …
    audience = Audience(followers=True, taking=dialects.ANNOUNCED_ID)
    await outbox.publish(work, circle, by_id, audience)    # Announce{object: "<id of the post>"}: everybody else

Together these two reach every follower exactly once. For one host, or before something is written, ask
``takes(software, thing)``. A host that has not said what it runs is treated as Mastodon is. A Block needs no word from
its sender: the outbox sends it only to those who honour it.
"""

from dataclasses import dataclass

ANNOUNCED_ACTIVITY = "announced activity"
"""A group passes on a whole activity (FEP-1b12)."""
ANNOUNCED_ID = "announced id"
"""A group passes on a post by its id, as microblogs know it. Every family takes one of the two."""
OFFER = "offer"
"""Offers of connections, introductions and agreements; who does not take them gets a direct note."""
DEAL = "deal"
"""Offers of agreements, their answers and what follows (FEP-0837)."""
INVITATION_TO_GROUP = "invitation to a group"
INVITATION_TO_EVENT = "invitation to an event"
BLOCK = "block"
"""Who does not honour it would only learn of it; Lemmy would read it as a ban."""
PROPOSAL = "proposal"
"""A Note with a Proposal among its attachments. Lemmy fails on the whole post, so what is addressed to a group there,
or to a group with followers there, is written without it when it is created."""
QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Family:
    """Programs that take the same things."""

    name: str
    programs: frozenset[str]
    takes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs that take something: these, or all but these."""

    names: frozenset[str]
    are_exceptions: bool


def _family(name: str, programs: str, *takes: str) -> Family:
    return Family(name, frozenset(programs.split()), frozenset(takes))


MICROBLOG = _family(
    "microblog",
    "gotosocial pleroma akkoma misskey sharkey firefish iceshrimp pixelfed hometown snac takahe bookwyrm",
    ANNOUNCED_ID, BLOCK, PROPOSAL, QUESTION,
)  # fmt: skip
"""Also every program that is not named anywhere here."""

FAMILIES = (
    _family(
        "ours", "commensal",
        ANNOUNCED_ACTIVITY, OFFER, DEAL, INVITATION_TO_GROUP, INVITATION_TO_EVENT, BLOCK, PROPOSAL, QUESTION,
    ),
    MICROBLOG,
    _family("mastodon", "mastodon", ANNOUNCED_ID, BLOCK, PROPOSAL, QUESTION),
    _family("mitra", "mitra", ANNOUNCED_ACTIVITY, DEAL, PROPOSAL, QUESTION),
    _family("mobilizon", "mobilizon", ANNOUNCED_ID, INVITATION_TO_GROUP, PROPOSAL),
    _family("events", "gancio", ANNOUNCED_ID, PROPOSAL),
    _family("blogs", "wordpress", ANNOUNCED_ACTIVITY, PROPOSAL),
    _family("film", "peertube", ANNOUNCED_ACTIVITY, PROPOSAL),
    _family(
        "neighbourhoods", "friendica hubzilla streams forte",
        ANNOUNCED_ACTIVITY, INVITATION_TO_EVENT, PROPOSAL, QUESTION,
    ),
    _family("groups", "lemmy piefed nodebb mbin kbin", ANNOUNCED_ACTIVITY),
)  # fmt: skip


def family_of(software: str) -> Family:
    """The family of a program, by the name in NodeInfo; of an unknown one, or of none, the microblogs."""
    return next((family for family in FAMILIES if software in family.programs), MICROBLOG)


def takes(software: str, thing: str) -> bool:
    """Whether a host that runs this should get this."""
    return thing in family_of(software).takes


def taking(thing: str) -> Programs:
    """The programs that take something, for a clause in SQL."""
    are_exceptions = thing in MICROBLOG.takes
    return Programs(
        frozenset().union(*(each.programs for each in FAMILIES if (thing in each.takes) is not are_exceptions)),
        are_exceptions,
    )
