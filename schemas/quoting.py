"""The yes to being quoted (FEP-044f): a small document on the server of who gives it."""

from dataclasses import dataclass

from schemas.contexts import with_context
from schemas.values import Document, Malformed, as_uri, first, get, required_id, same_origin, types


@dataclass(frozen=True, slots=True)
class QuoteAuthorization:
    """`attributed_to` lets `quoting` quote `quoted`."""

    id: str
    attributed_to: str
    quoting: str
    quoted: str

    @staticmethod
    def read(document: Document) -> "QuoteAuthorization":
        """Malformed when it is none, or stands elsewhere than who gives it."""
        values = [as_uri(first(document, key)) for key in ("attributedTo", "interactingObject", "interactionTarget")]
        if "QuoteAuthorization" not in types(document) or None in values:
            raise Malformed("no QuoteAuthorization")
        author, quoting, quoted = (value or "" for value in values)
        found = QuoteAuthorization(required_id(document), author, quoting, quoted)
        if not same_origin(found.id, found.attributed_to):
            raise Malformed("a QuoteAuthorization is on the server of who gives it")
        return found

    def write(self) -> Document:
        """The document."""
        return with_context(
            {
                "id": self.id,
                "type": "QuoteAuthorization",
                "attributedTo": self.attributed_to,
                "interactingObject": self.quoting,
                "interactionTarget": self.quoted,
            }
        )


def asked(document: Document) -> str | None:
    """The post that quotes, in a QuoteRequest: its `instrument`, embedded or by its id."""
    return as_uri(get(document, "instrument"))
