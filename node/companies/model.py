"""Members' businesses. A company is an Organization actor with a page and people."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base, Key


class Company(Base):
    """The business side of an Organization actor of ours."""

    __tablename__ = "companies"

    actor_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id"), primary_key=True, autoincrement=False)
    name_folded: Mapped[str] = mapped_column(sa.String(300), index=True)
    about: Mapped[str] = mapped_column(sa.Text, default="")
    """Markdown, as typed."""
    trade: Mapped[str] = mapped_column(sa.String(200), default="")
    """In words."""
    trade_code: Mapped[str] = mapped_column(sa.String(10), default="", index=True)
    """NACE Rev. 2 class, such as 10.71."""
    size: Mapped[str] = mapped_column(sa.String(10), default="")  # sole micro small medium
    website: Mapped[str] = mapped_column(sa.String(500), default="")
    phone: Mapped[str] = mapped_column(sa.String(60), default="")
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    street: Mapped[str] = mapped_column(sa.String(300), default="")
    postal_code: Mapped[str] = mapped_column(sa.String(20), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    import_id: Mapped[int | None] = mapped_column(sa.BigInteger, index=True)


class CompanyPerson(Base):
    """Who works there and may edit the page."""

    __tablename__ = "company_people"
    __table_args__ = (sa.UniqueConstraint("company_id", "person_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True, autoincrement=False)
    company_id: Mapped[int] = mapped_column(sa.ForeignKey("companies.actor_id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    may_edit: Mapped[bool] = mapped_column(default=True)
