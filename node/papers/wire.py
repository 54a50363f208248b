"""A paper as the other side's node reads it: the Document of wire steps 7 and 8. Pure."""

from node.deals.model import Deal
from node.papers import facts as said
from node.papers.model import Paper
from schemas.values import Document


def document(paper: Paper, deal: Deal) -> Document:
    """The Document that a ``Create`` of the seller's carries to the buyer alone.

    The name is in English: it is for programs, and for people whose program knows nothing else of papers.
    """
    return {
        "id": paper.uri,
        "type": "Document",
        "attributedTo": paper.facts["seller"]["actor"],
        "to": [paper.facts["buyer"]["actor"]],
        "context": deal.agreement_uri or deal.uri,
        "name": str(said.title_of(paper.facts)),
        "mediaType": "application/pdf",
        "url": paper.url,
        "published": paper.issued_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "commensal:invoice": paper.facts,
    }
