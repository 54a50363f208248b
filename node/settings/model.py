"""Facts about the node itself that outlive a restart, such as the address it was made for."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from node.db import Base


class Setting(Base):
    """One named value."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)
