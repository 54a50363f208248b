"""The names of types and relations that this node knows."""

ACTORS = frozenset({"Person", "Organization", "Group", "Application", "Service"})
NOTES = frozenset({"Note"})
ARTICLES = frozenset({"Article", "Page"})
QUESTIONS = frozenset({"Question"})
EVENTS = frozenset({"Event"})
READABLE = NOTES | ARTICLES | QUESTIONS | EVENTS | {"Video", "Audio", "Image", "ChatMessage"}
"""What other programs publish for people to read."""

ACTIVITIES = frozenset(
    {
        "Accept",
        "Add",
        "Announce",
        "Block",
        "Create",
        "Delete",
        "Dislike",
        "EmojiReact",
        "Flag",
        "Follow",
        "Invite",
        "Join",
        "Leave",
        "Like",
        "Listen",
        "Move",
        "Offer",
        "Question",
        "QuoteRequest",
        "Read",
        "Reject",
        "Remove",
        "TentativeAccept",
        "TentativeReject",
        "Undo",
        "Update",
        "View",
    }
)

MODELS = frozenset(
    {
        "Agreement",
        "Collection",
        "CollectionPage",
        "Commitment",
        "EconomicEvent",
        "EconomicResource",
        "Emoji",
        "Hashtag",
        "Intent",
        "Key",
        "Link",
        "Member",
        "Mention",
        "Multikey",
        "OrderedCollection",
        "OrderedCollectionPage",
        "Process",
        "PropertyValue",
        "QuoteAuthorization",
        "Relationship",
        "Tombstone",
    }
)
"""Objects that are not published for people to read."""

# Relationship.relationship must be a full address, for the ActivityStreams context coerces it to one.
KNOWS = "http://purl.org/vocab/relationship/worksWith"
MEMBER_OF = "http://schema.org/memberOf"

PROPOSAL = "https://w3id.org/valueflows/ont/vf#Proposal"
FEP_0837 = "https://w3id.org/fep/0837"
NETWORK = "https://w3id.org/commensal#network-v1"
RFC9421 = "https://datatracker.ietf.org/doc/html/rfc9421"
RFC9421_ED25519 = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"

ACTIVITY_JSON = "application/activity+json"
LD_JSON = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'

LENSES = ("social", "business", "both")
