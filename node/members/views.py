"""What pages get to see of a member: plain values, already chosen for the one who looks."""

from dataclasses import dataclass
from datetime import datetime

from node.associations.vouches import Voucher


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a profile."""

    name: str
    face: str
    label: str
    """An English text to be translated."""
    form: str
    value: str
    visibility: str = "public"
    html: str = ""
    """For a line of somebody from elsewhere: clean HTML instead of a value."""


@dataclass(frozen=True, slots=True)
class HostCardView:
    """How someone likes to be approached."""

    opens_with: str
    languages: tuple[str, ...]
    hours: tuple[tuple[str, str], ...]
    days: tuple[int, ...]
    time_zone: str
    ask_me_about: tuple[str, ...]
    please_dont: tuple[str, ...]
    channels: tuple[str, ...]
    pace: str
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class CompanyLine:
    """A company somebody works in."""

    actor_id: int
    username: str
    name: str
    url: str
    path: str
    picture: str | None
    trade: str
    title: str
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's page for one reader."""

    actor_id: int
    uri: str
    url: str
    path: str
    username: str
    name: str
    handle: str
    kind: str
    is_local: bool
    is_gone: bool
    moved_to: str | None
    picture: str | None
    header: str | None
    about_html: str
    person: tuple[Line, ...]
    business: tuple[Line, ...]
    host_card: HostCardView | None
    companies: tuple[CompanyLine, ...]
    vouchers: tuple[Voucher, ...]
    circles: frozenset[str]
    joined_at: datetime | None
    hidden_until_met: bool
    """There is more to see for people this person is connected with."""


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member in the officers' list."""

    actor_id: int
    account_id: int
    username: str
    name: str
    path: str
    picture: str | None
    trade: str
    company: str
    email: str | None
    number: str | None
    role: str
    joined_at: datetime
    ended_at: datetime | None
    claimed_at: datetime | None
    suspended_at: datetime | None
    is_vouched: bool


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """Someone who asked to become a member."""

    id: int
    name: str
    email: str
    company: str
    trade: str
    message: str
    language: str
    state: str
    reason: str
    created_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class JoinView:
    """What stands behind a join link."""

    email: str | None
    name: str
    note: str
    invited_by: str
    is_claim: bool
    username: str
    """The address of a page that is there already; empty for someone new."""
    expires_at: datetime
