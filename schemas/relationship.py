"""The relationship: a connection between two people, or an association's word that somebody is its member."""

from dataclasses import dataclass
from datetime import datetime

from schemas.contexts import with_context
from schemas.values import (
    Document,
    Malformed,
    dropping_empty,
    first,
    line,
    moment,
    one_id,
    required_id,
    type_of,
    write_moment,
)
from schemas.vocabulary import KNOWS, MEMBER_OF

# Spellings of the same relation: W3C's example writes a bare word, others the vocabularies' own names.
_CONNECTIONS = frozenset(
    {
        KNOWS,
        "IsContact",
        "http://purl.org/vocab/relationship/acquaintanceOf",
        "http://purl.org/vocab/relationship/friendOf",
        "http://purl.org/vocab/relationship/colleagueOf",
        "http://xmlns.com/foaf/0.1/knows",
        "https://schema.org/knows",
        "http://schema.org/knows",
    }
)
_MEMBERSHIPS = frozenset({MEMBER_OF, "https://schema.org/memberOf", "schema:memberOf", "member"})


@dataclass(frozen=True, slots=True)
class Relationship:
    """`subject` stands in `relationship` to `object`, says `attributed_to`."""

    id: str | None
    subject: str
    object: str
    relationship: str = KNOWS
    attributed_to: str | None = None
    basis: str | None = None
    frame: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None

    @property
    def is_connection(self) -> bool:
        """True when two people know each other."""
        return self.relationship in _CONNECTIONS

    @property
    def is_membership(self) -> bool:
        """True when somebody belongs to an association."""
        return self.relationship in _MEMBERSHIPS

    @staticmethod
    def read(document: Document) -> "Relationship":
        """A Relationship from its document; also with Mitra's bare role words."""
        if type_of(document, {"Relationship"}) != "Relationship":
            raise Malformed("not a Relationship")
        frame = first(document, "commensal:frame")
        basis = first(document, "commensal:basis")
        return Relationship(
            id=one_id(document, "id"),
            subject=required_id(document, "subject"),
            object=required_id(document, "object"),
            relationship=one_id(document, "relationship") or line(document, "relationship") or KNOWS,
            attributed_to=one_id(document, "attributedTo"),
            basis=basis[:50] if isinstance(basis, str) else None,
            frame=frame if frame in ("social", "business", "both") else None,
            start_time=moment(document, "startTime"),
            end_time=moment(document, "endTime"),
        )

    def write(self) -> Document:
        """The Relationship document."""
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": "Relationship",
                    "attributedTo": self.attributed_to,
                    "subject": self.subject,
                    "relationship": self.relationship,
                    "object": self.object,
                    "startTime": write_moment(self.start_time) if self.start_time else None,
                    "endTime": write_moment(self.end_time) if self.end_time else None,
                    "commensal:basis": self.basis,
                    "commensal:frame": self.frame,
                }
            )
        )
