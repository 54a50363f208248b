"""What stands where something was deleted."""

from dataclasses import dataclass
from datetime import datetime

from schemas.contexts import with_context
from schemas.values import Document, dropping_empty, moment, required_id, type_of, write_moment


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The grave of an object: its id, and when it went."""

    id: str
    deleted: datetime | None = None
    former_type: str | None = None

    @staticmethod
    def read(document: Document) -> "Tombstone":
        """A Tombstone from its document."""
        former = document.get("formerType")
        type_of(document)
        return Tombstone(
            required_id(document), moment(document, "deleted"), former if isinstance(former, str) else None
        )

    def write(self) -> Document:
        """The document served with 410."""
        return with_context(
            dropping_empty(
                {
                    "id": self.id,
                    "type": "Tombstone",
                    "formerType": self.former_type,
                    "deleted": write_moment(self.deleted) if self.deleted else None,
                }
            )
        )
