"""An invitation to connect as it goes over the wire: an Offer of a Relationship, and what is read from one."""

import html as markup
from dataclasses import dataclass

from node.etiquette import first_message
from node.invitations.model import Connection
from node.markdown import plain
from node.outbox import wire as activities
from schemas.relationship import Relationship
from schemas.values import Document

QUESTION = "commensal:question"
ABOUT = "commensal:about"


@dataclass(frozen=True, slots=True)
class Asked:
    """The two parts of a first message."""

    question: str
    about: str


def relationship(connection: Connection, inviting_uri: str, invited_uri: str) -> Relationship:
    """The statement that two people know each other, as the inviting one words it."""
    return Relationship(
        id=connection.uri,
        attributed_to=inviting_uri,
        subject=inviting_uri,
        object=invited_uri,
        frame=None if connection.lens == "both" else connection.lens,
        start_time=connection.answered_at if connection.state == "accepted" else None,
    )


def offer(connection: Connection, inviting_uri: str, invited_uri: str) -> Document:
    """The Offer that asks. ``content`` is for every reader, the two parts are for nodes like ours."""
    content = "".join(f"<p>{_paragraph(text)}</p>" for text in (connection.question, connection.about) if text)
    return activities.offer(
        inviting_uri,
        relationship(connection, inviting_uri, invited_uri).write(),
        invited_uri,
        connection.created_at,
        content,
        **{QUESTION: connection.question, ABOUT: connection.about},
    )


def read(document: Document, content: str | None) -> Asked:
    """What an Offer from elsewhere asks; from a program that knows no two parts, all of it is the question."""
    question, about = document.get(QUESTION), document.get(ABOUT)
    if not isinstance(question, str) or not question.strip():
        question, about = plain(content or ""), ""
    return Asked(
        question.strip()[: first_message.QUESTION_LIMIT],
        about.strip()[: first_message.ABOUT_LIMIT] if isinstance(about, str) else "",
    )


def original(connection: Connection, inviting_uri: str, invited_uri: str) -> Document:
    """The Offer as it is embedded when it is taken back."""
    return {
        "id": connection.offer_uri,
        "type": "Offer",
        "actor": inviting_uri,
        "object": connection.uri,
        "target": invited_uri,
    }


def _paragraph(text: str) -> str:
    return markup.escape(text, quote=False).replace("\n", "<br>")
