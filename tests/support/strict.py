"""What a strict reader has against a document of ours: words without a meaning, nothing where something is meant."""

import re
from collections.abc import Iterator
from typing import Any

from schemas import contexts

_ACTIVITYSTREAMS = frozenset(
    re.findall(
        r"\w+",
        """
Accept Activity Add Announce Application Arrive Article Audio Block Collection CollectionPage Create Delete
Dislike Document Event Flag Follow Group Ignore Image IntransitiveActivity Invite IsContact IsFollowedBy
IsFollowing IsMember Join Leave Like Link Listen Mention Move Note Object Offer OrderedCollection
OrderedCollectionPage Organization Page Person Place Profile Public Question Read Reject Relationship Remove
Service TentativeAccept TentativeReject Tombstone Travel Undo Update Video View accuracy actor alsoKnownAs
altitude anyOf attachment attributedTo audience bcc bto cc closed content contentMap context current deleted
describes duration endTime endpoints first followers following formerType generator height href hreflang icon id
image inReplyTo inbox instrument items last latitude liked likes location longitude mediaType name nameMap next
oauthAuthorizationEndpoint oauthTokenEndpoint object oneOf orderedItems origin outbox partOf preferredUsername
prev preview provideClientKey proxyUrl published radius rel relationship replies result sharedInbox shares
signClientKey source startIndex startTime streams subject summary summaryMap tag target to totalItems type units
updated uploadMedia url width
""",
    )
)
"""Every term of https://www.w3.org/ns/activitystreams."""
_REMOTE = {
    contexts.SECURITY: {"publicKey", "publicKeyPem", "owner"},
    contexts.DATA_INTEGRITY: {"proof", "DataIntegrityProof"},
    contexts.DID: {"assertionMethod", "controller"},
    contexts.MULTIKEY: {"Multikey"},
    contexts.WEBFINGER: {"webfinger"},
    contexts.GOTOSOCIAL: {
        "interactionPolicy",
        "canQuote",
        "automaticApproval",
        "manualApproval",
        "interactingObject",
        "interactionTarget",
    },
}
"""Of the other contexts the terms we write."""
_SCOPED = {
    "proof": {"cryptosuite", "verificationMethod", "proofPurpose", "created", "proofValue", "expires"},
    "assertionMethod": {"publicKeyMultibase", "expires"},
}
"""Terms that only count below another one, by which context of its own they have."""
_BY_NAME = ("commensal:terms", "commensal:party", "commensal:invoice")
"""What is read by name alone, by nodes of this kind."""


_LISTS = frozenset({"to", "cc", "tag", "attachment", "items", "orderedItems", "alsoKnownAs"})
_TIMES = frozenset({"published", "updated", "startTime", "endTime", "closed", "deleted", "created", "expires"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def complaints(document: dict[str, Any]) -> set[str]:
    """What is wrong with a document, in words; what is passed on for others in an Announce is theirs.

    Every key and type must be explained by the `@context` of the document or of a part that has one of its own:
    what is not is lost to whoever expands it. Nothing is null or empty, lists are lists (Mobilizon, Lemmy), a type is
    one text (Mitra), moments are whole seconds in UTC, and nothing is changed before it was there (GoToSocial).
    """
    return set(_complaints(document, frozenset()))


def _complaints(value: Any, known: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _complaints(item, known)
    if not isinstance(value, dict):
        return
    known |= _explained(value.get("@context"))
    if value.get("updated", "9") < value.get("published", ""):
        yield "changed before it was there"
    for key, inner in value.items():
        if key == "@context":
            continue
        for word in (key, inner) if key == "type" else (key,):
            if word.partition(":")[0] not in known:
                yield f"nothing explains {word}"
        if inner in (None, "", {}) or (key in _LISTS and not isinstance(inner, list)):
            yield f"{key} is {inner!r}"
        if key in _TIMES and not _MOMENT.fullmatch(inner):
            yield f"{key} is {inner}"
        passed_on = key == "object" and value.get("type") == "Announce"
        if not key.endswith("Map") and key not in _BY_NAME and not passed_on:
            yield from _complaints(inner, known | _SCOPED.get(key, set()))


def _explained(context: Any) -> frozenset[str]:
    found: set[str] = set()
    for part in context if isinstance(context, list) else [context]:
        if isinstance(part, dict):
            found |= part.keys()
        elif part == contexts.ACTIVITYSTREAMS:
            found |= _ACTIVITYSTREAMS
        elif part is not None:
            found |= _REMOTE[part]
    return frozenset(found)
