"""The activity: who did what to what, and who is told."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.contexts import with_context, without_context
from schemas.values import (
    PUBLIC,
    Document,
    Malformed,
    as_uri,
    audience,
    author_of,
    dropping_empty,
    get,
    listed,
    moment,
    one_id,
    origin,
    type_of,
    write_moment,
)
from schemas.vocabulary import ACTIVITIES


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity, read or about to be written.

    `id` is None where the sender gave none (GoToSocial's Delete). `objects` is the raw value of `object` as a list:
    embedded documents and addresses. `document` is all of what was received.
    """

    id: str | None
    type: str
    actor: str
    objects: tuple[Document | str, ...] = ()
    target: Document | str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    published: datetime | None = None
    content: str | None = None
    context: str | None = None
    in_reply_to: str | None = None
    document: Document = field(default_factory=dict, compare=False, repr=False)
    body: str = field(default="", compare=False, repr=False)
    """The bytes it came in, where they are evidence."""
    signature: Document | None = field(default=None, compare=False, repr=False)
    """How the request that brought it was signed, where that is."""

    @property
    def object(self) -> Document | str | None:
        """The only or first object."""
        return self.objects[0] if self.objects else None

    @property
    def object_id(self) -> str | None:
        """The id of the object, embedded or not."""
        return as_uri(self.object)

    @property
    def target_id(self) -> str | None:
        """The id of the target, embedded or not."""
        return as_uri(self.target)

    @property
    def embedded(self) -> Document | None:
        """The object as a document, or None when only its address came."""
        return self.object if isinstance(self.object, dict) else None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody in `to` and `cc`."""
        return tuple(dict.fromkeys(self.to + self.cc))

    @property
    def is_public(self) -> bool:
        """True when anybody may know."""
        return PUBLIC in self.recipients

    @staticmethod
    def read(document: Document) -> "Activity":
        """The activity in a document.

        Malformed when it has not exactly one actor given as an address (lists and embedded actors are how forged
        activities look), when its id is no address, or when its object is neither an address nor an object.
        """
        actor = get(document, "actor")
        if not isinstance(actor, str) or origin(actor) is None:
            raise Malformed("actor must be exactly one address")
        id_ = get(document, "id")
        if id_ is not None and (not isinstance(id_, str) or origin(id_) is None):
            raise Malformed("id must be an address")
        kind = type_of(document, ACTIVITIES)
        objects = tuple(_objects(document))
        if kind in ("Create", "Update"):
            objects = tuple(_addressed(item, document) for item in objects)
        for item in objects:
            if isinstance(item, dict):
                as_uri(item)
                if len(listed(item, "attributedTo")) > 1 and kind in ("Create", "Update"):
                    author_of(item)
        target = next(iter(listed(document, "target")), None)
        words = get(document, "content")
        return Activity(
            id=id_,
            type=kind,
            actor=actor,
            objects=objects,
            target=target if isinstance(target, str | dict) else None,
            to=audience(document, "to"),
            cc=audience(document, "cc"),
            published=moment(document, "published"),
            content=words[:10_000] if isinstance(words, str) else None,
            context=one_id(document, "context"),
            in_reply_to=one_id(document, "inReplyTo"),
            document=document,
        )

    def write(self, **extensions: Any) -> Document:
        """The document, its `@context` prepared for a FEP-8b32 proof; extensions are further keys."""
        written = [without_context(item) if isinstance(item, dict) else item for item in self.objects]
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": self.type,
                    "actor": self.actor,
                    "published": write_moment(self.published) if self.published else None,
                    "to": list(self.to),
                    "cc": list(self.cc),
                    "content": self.content,
                    "context": self.context,
                    "inReplyTo": self.in_reply_to,
                    # Mobilizon reads the object of a Flag as a list and fails on anything else.
                    "object": written[0] if len(written) == 1 and self.type != "Flag" else written,
                    "target": without_context(self.target) if isinstance(self.target, dict) else self.target,
                    **extensions,
                }
            ),
            proven=True,
        )


def _addressed(item: Document | str, activity: Document) -> Document | str:
    """What is said to nobody is for those to whom the activity is addressed: some write that there alone."""
    is_content = isinstance(item, dict) and get(item, "attributedTo") is not None
    if not isinstance(item, dict) or not is_content or any(get(item, key) is not None for key in ("to", "cc")):
        return item
    return {**item, **{key: value for key in ("to", "cc") if (value := get(activity, key)) is not None}}


def _objects(document: Document) -> list[Document | str]:
    found: list[Document | str] = []
    for item in listed(document, "object")[:200]:
        if isinstance(item, str):
            uri = as_uri(item)
            if uri is not None:
                found.append(uri)
        elif isinstance(item, dict):
            found.append(item)
        else:
            raise Malformed("object is neither an address nor an object")
    return found
