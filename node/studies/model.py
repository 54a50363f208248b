"""Studies: a few questions to a panel, answered once by each, shown only where enough have answered."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Document, Key, Moment


class Study(Base):
    """A question set of a member, announced by a post."""

    __tablename__ = "studies"
    __table_args__ = (sa.Index("ix_studies_actor_id_id", "actor_id", "id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    """The post that announces it."""
    idea_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    purpose: Mapped[str] = mapped_column(sa.Text)
    """What it is for, and who will see what: those who answer agree to this."""
    panel: Mapped[str] = mapped_column(sa.String(10))  # here associations open
    hosts: Mapped[list[str]] = mapped_column(Document, default=list)
    """Of panel "associations": whose members may answer, besides ours."""
    questions: Mapped[list[dict[str, Any]]] = mapped_column(Document)
    """``[{"text", "kind": one|many|scale|text, "options": [...]}]``; never changed after the first answer."""
    floor: Mapped[int] = mapped_column(default=5)
    """Fewer answers than this are not shown, in all or by group; never below five."""
    answers: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(sa.String(200), default="")
    """Locked; hashes who answered. It goes when the study closes, and then nobody can tell any more."""
    created_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class StudyAnswer(Base):
    """One person's answers. Who it was is not kept, only that the same person cannot answer twice."""

    __tablename__ = "study_answers"

    study_id: Mapped[int] = mapped_column(
        Key, sa.ForeignKey("studies.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    person_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed hash of the study and the actor's address: it cannot be turned back without the node's secret."""
    host: Mapped[str] = mapped_column(sa.String(300))
    """The group: where they are a member, or "" for everybody else."""
    values: Mapped[list[Any]] = mapped_column(Document)


class StudyLink(Base):
    """A link that lets somebody elsewhere answer once; it went to them as a private note, which proves who they are."""

    __tablename__ = "study_links"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))  # study trial
    subject_id: Mapped[int] = mapped_column(sa.BigInteger)
    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)
