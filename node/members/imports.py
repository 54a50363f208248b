"""Importing a member list: looked at first, carried on batch by batch, and taken back where nobody has come in yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from node.accounts.model import Account
from node.actors import service as actors
from node.actors.keys import KeyPair, make_many
from node.actors.model import Actor
from node.companies import service as companies
from node.errors import Conflict, Invalid, NotFound
from node.ids import new_id
from node.mail import addresses
from node.members import fields, service, sheet
from node.members.adding import Newcomer, add_member
from node.members.model import Member, MemberImport
from node.members.service import Entry
from node.members.sheet import Problem, Row
from node.search import forget
from node.tables import Activity, Company, CompanyPerson, Post
from node.text import fold
from node.words import N_, Message
from node.work import Node, Reading, Writing

BATCH = 10
"""Rows per unit: a second of key-making at most between two looks at the progress."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an import would do."""

    new: int
    known: int
    """Already members: their pages are completed, not doubled."""
    companies: int
    """That would get a page."""
    problems: tuple[Problem, ...]
    bad_rows: int
    without_email: int
    """Ready, but nobody can write to them."""

    @property
    def ready(self) -> int:
        return self.new + self.known


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import as its page shows it."""

    id: int
    file_name: str
    state: str
    headings: tuple[str, ...]
    columns: dict[str, str]
    examples: tuple[tuple[str, ...], ...]
    """The first rows, by heading."""
    total: int
    position: int
    created: int
    updated: int
    skipped: int
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


async def draft(work: Writing, by_account_id: int | None, file_name: str, data: bytes) -> int:
    """Take a file in and guess its columns; nobody is made yet. Raises Invalid (field ``file``)."""
    text = sheet.decode(data)
    found = sheet.read(text)
    row = MemberImport(
        id=new_id(work.now),
        file_name=(file_name.replace("\\", "/").rpartition("/")[2] or "members.csv")[:300],
        text=text,
        columns=sheet.guess(found.headings),
        total=len(found.rows),
        by_account_id=by_account_id,
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    return row.id


async def choose_columns(work: Writing, import_id: int, columns: Mapping[str, str]) -> None:
    """Say which heading feeds which target; each target is fed once. Raises Invalid, Conflict."""
    row = await _draft(work, import_id)
    headings = sheet.read(row.text).headings
    chosen = {heading: columns[heading] for heading in headings if columns.get(heading) in sheet.TARGETS}
    if len(set(chosen.values())) < len(chosen):
        raise Invalid({"columns": N_("Two columns would fill the same line. Choose one of them.")})
    if not {"name", "first_name", "last_name"} & set(chosen.values()):
        raise Invalid({"columns": N_("Say which column has the people's names.")})
    row.columns = chosen


async def view(work: Reading, import_id: int) -> ImportView:
    """Raises NotFound."""
    row = await work.session.get(MemberImport, import_id)
    if row is None:
        raise NotFound
    found = sheet.read(row.text) if row.text else sheet.Sheet((), ())
    return _view(row, found)


async def recent(work: Reading, limit: int = 20) -> Sequence[ImportView]:
    """The latest imports, drafts that came to nothing left out."""
    rows = await work.session.scalars(
        sa.select(MemberImport).where(MemberImport.state != "draft").order_by(MemberImport.id.desc()).limit(limit)
    )
    return [_view(row, sheet.Sheet((), ())) for row in rows]


async def try_first(work: Reading, import_id: int) -> Report:
    """What would happen; nothing does."""
    row = await work.session.get(MemberImport, import_id)
    if row is None:
        raise NotFound
    found = sheet.read(row.text)
    checked = sheet.check(found, row.columns)
    known = await _known(work, checked.rows)
    problems = [*checked.problems, *(problem for problem in map(known.problem, checked.rows) if problem)]
    ready = [each for each in checked.rows if known.problem(each) is None]
    named = {fold(each.get("company"))[:300] for each in ready if each.get("company")}
    there = await _company_ids(work, named)
    return Report(
        new=sum(known.account(each) is None for each in ready),
        known=sum(known.account(each) is not None for each in ready),
        companies=len(named - there.keys()),
        problems=tuple(sorted(problems, key=lambda problem: problem.row)),
        bad_rows=len(found.rows) - len(ready),
        without_email=sum(not each.get("email") for each in ready),
    )


async def start(work: Writing, import_id: int) -> None:
    """From now on a worker makes the members. Raises Conflict when it was started already."""
    row = await _draft(work, import_id)
    if not sheet.check(sheet.read(row.text), row.columns).rows:
        raise Invalid({"file": N_("No row of this file is ready.")})
    row.state = "running"
    work.wake("jobs")


async def carry_on(node: Node) -> bool:
    """Import the next rows of an import that is under way; False when there is none. Any number of workers may."""
    async with node.reading() as work:
        import_id = await work.session.scalar(
            sa.select(MemberImport.id).where(MemberImport.state == "running").order_by(MemberImport.id).limit(1)
        )
    if import_id is None:
        return False
    await _batch(node, import_id)
    return True


async def discard(work: Writing, import_id: int) -> None:
    """Forget a file that was only looked at. Raises Conflict, NotFound."""
    await work.session.delete(await _draft(work, import_id))


async def prune(work: Writing) -> None:
    """Forget files that were only looked at: they hold people's addresses."""
    await work.session.execute(
        sa.delete(MemberImport).where(
            MemberImport.state == "draft", MemberImport.created_at < work.now - timedelta(days=1)
        )
    )


async def undo(work: Writing, import_id: int) -> int:
    """Take back what the file brought: pages nobody has come in to yet, and companies nobody is left in.

    Returns how many people stay, because they have. Raises Conflict, NotFound.
    """
    row = await work.session.get(MemberImport, import_id)
    if row is None:
        raise NotFound
    if row.state not in ("done", "running"):
        raise Conflict(N_("There is nothing to take back."))
    people = (
        await work.session.scalars(
            sa.select(Member.actor_id)
            .join(Account, Account.actor_id == Member.actor_id)
            .where(
                Member.import_id == import_id,
                Account.claimed_at.is_(None),
                Member.actor_id.not_in(sa.select(Post.author_id)),
            )
        )
    ).all()
    await work.session.execute(sa.delete(Member).where(Member.actor_id.in_(people)))
    await work.session.execute(sa.delete(Account).where(Account.actor_id.in_(people)))
    await _erase(work, people)
    firms = (
        await work.session.scalars(
            sa.select(Company.actor_id).where(
                Company.import_id == import_id,
                Company.actor_id.not_in(sa.select(CompanyPerson.company_id)),
                Company.actor_id.not_in(sa.select(Post.author_id)),
            )
        )
    ).all()
    await work.session.execute(sa.delete(Company).where(Company.actor_id.in_(firms)))
    await _erase(work, firms)
    stay = await work.session.scalar(
        sa.select(sa.func.count()).select_from(Member).where(Member.import_id == import_id)
    )
    row.state, row.undone_at, row.text = "undone", work.now, ""
    return int(stay or 0)


async def _erase(work: Writing, actor_ids: Sequence[int]) -> None:
    """Remove actors who never did anything; what hangs on them goes with them."""
    for actor_id in actor_ids:
        await forget(work, actor_id)
    await work.session.execute(sa.delete(Activity).where(Activity.actor_id.in_(actor_ids)))
    await work.session.execute(sa.delete(Actor).where(Actor.id.in_(actor_ids)))


# a batch


class _Known:
    """Who of a batch's people is here already."""

    def __init__(self, by_email: Mapping[str, Account], by_number: Mapping[str, Account]) -> None:
        self._by_email = by_email
        self._by_number = by_number

    def account(self, row: Row) -> Account | None:
        """By member number, else by mail address."""
        return self._by_number.get(row.get("number")) or self._by_email.get(addresses.fold(row.get("email")))

    def problem(self, row: Row) -> Problem | None:
        """A number and a mail address that belong to two different people."""
        one, other = self._by_number.get(row.get("number")), self._by_email.get(addresses.fold(row.get("email")))
        if one is None or other is None or one.id == other.id:
            return None
        return Problem(row.number, "", row.get("email"), Message(N_("This mail address belongs to another member.")))


async def _known(work: Reading, rows: Sequence[Row]) -> _Known:
    by_email: dict[str, Account] = {}
    by_number: dict[str, Account] = {}
    for at in range(0, len(rows), 500):
        part = rows[at : at + 500]
        emails = {addresses.fold(row.get("email")) for row in part if row.get("email")}
        numbers = {row.get("number") for row in part if row.get("number")}
        for account in await work.session.scalars(sa.select(Account).where(Account.email_folded.in_(emails))):
            by_email[account.email_folded or ""] = account
        found = await work.session.execute(
            sa.select(Member.number, Account)
            .join(Account, Account.actor_id == Member.actor_id)
            .where(Member.number.in_(numbers))
        )
        by_number |= {number: account for number, account in found if number}
    return _Known(by_email, by_number)


async def _company_ids(work: Reading, names: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    wanted = sorted(names)
    for at in range(0, len(wanted), 500):
        rows = await work.session.execute(
            sa.select(Company.name_folded, Company.actor_id)
            .where(Company.name_folded.in_(wanted[at : at + 500]))
            .order_by(Company.actor_id.desc())
        )
        found |= {row.name_folded: row.actor_id for row in rows}
    return found


async def _batch(node: Node, import_id: int) -> None:
    async with node.reading() as work:
        row = await work.session.get(MemberImport, import_id)
        if row is None or row.state != "running":
            return
        checked = sheet.check(sheet.read(row.text), row.columns)
        position = row.position
        part = _part(checked, position)
        needed = await _keys_needed(work, part)
    keys = list(await make_many(needed))
    async with node.writing() as work:
        # Whoever moves the position owns the batch; a worker that was slower finds it moved and does nothing.
        owned = await work.session.scalar(
            sa.update(MemberImport)
            .where(MemberImport.id == import_id, MemberImport.state == "running", MemberImport.position == position)
            .values(position=min(position + BATCH, row.total))
            .returning(MemberImport.id)
        )
        if owned is None or await _keys_needed(work, part) > len(keys):
            if owned is not None:  # somebody removed a page meanwhile: again, with more keys
                await work.session.rollback()
            return
        row = await work.session.get(MemberImport, import_id, populate_existing=True)
        assert row is not None
        known = await _known(work, part)
        firms = await _company_ids(work, {fold(each.get("company"))[:300] for each in part if each.get("company")})
        for each in part:
            await _import_row(work, row, each, known, firms, keys)
        if row.position >= row.total:
            row.state, row.finished_at, row.text = "done", work.now, ""
            row.skipped = row.total - row.created - row.updated
        else:
            work.wake("jobs")
        if row.by_account_id is not None:
            work.tell(row.by_account_id, "import")


def _part(checked: sheet.Checked, position: int) -> list[Row]:
    """The ready ones among the next rows. Row 2 of the file is at position 0, blank lines do not count."""
    numbered = sorted([*checked.rows, *_bad(checked)], key=lambda each: each.number)
    return [each for each in numbered[position : position + BATCH] if each.name]


def _bad(checked: sheet.Checked) -> list[Row]:
    """Rows with problems as empty ones, so that positions stay what they are."""
    return [Row(number, "", {}) for number in {problem.row for problem in checked.problems}]


async def _keys_needed(work: Reading, rows: Sequence[Row]) -> int:
    known = await _known(work, rows)
    named = {fold(row.get("company"))[:300] for row in rows if row.get("company")}
    there = await _company_ids(work, named)
    return sum(known.account(row) is None for row in rows) + len(named - there.keys())


async def _import_row(
    work: Writing, into: MemberImport, row: Row, known: _Known, firms: dict[str, int], keys: list[KeyPair]
) -> None:
    if known.problem(row) is not None:
        return
    account = known.account(row)
    if account is None:
        newcomer = Newcomer(
            name=row.name,
            username=await actors.free_username(work, row.get("username")) if row.get("username") else "",
            email=row.get("email") or None,
            language=row.get("language"),
            number=row.get("number") or None,
            joined_at=row.joined_at,
            entries=_entries(row),
            is_claimed=False,
            import_id=into.id,
        )
        account = await add_member(work, newcomer, keys.pop(), tell=False)
        into.created += 1
    else:
        await _complete(work, account, row)
        into.updated += 1
    if row.get("company"):
        await _join_company(work, into, account.actor_id, row, firms, keys)


async def _complete(work: Writing, account: Account, row: Row) -> None:
    """What the file says of somebody who is here: it replaces what the office wrote, never what they wrote."""
    actor = await work.session.get(Actor, account.actor_id)
    member = await work.session.get(Member, account.actor_id)
    if actor is None or member is None:
        return
    is_theirs = account.claimed_at is not None
    member.number = row.get("number") or member.number
    if row.get("email") and not is_theirs:
        account.email, account.email_folded = row.get("email"), addresses.fold(row.get("email"))
    await service.write(
        work, actor, name=None if is_theirs else row.name, entries=_entries(row), only_missing=is_theirs
    )


def _entries(row: Row) -> dict[str, Entry]:
    entries = {
        kind.name: Entry(row.get(kind.name), kind.usually)
        for kind in fields.FIELDS
        if kind.name != "email" and row.get(kind.name)
    }
    if row.get("trade_code"):
        entries["industry"] = Entry(row.get("trade_code"))
    return entries


async def _join_company(
    work: Writing, into: MemberImport, person_id: int, row: Row, firms: dict[str, int], keys: list[KeyPair]
) -> None:
    folded = fold(row.get("company"))[:300]
    company_id = firms.get(folded)
    if company_id is None:
        facts = companies.Facts(
            name=row.get("company"),
            about=row.get("company_about"),
            trade=row.get("trade"),
            trade_code=row.get("trade_code"),
            website=row.get("website"),
            place=row.get("place"),
            street=row.get("street"),
            postal_code=row.get("postal_code"),
            country=row.get("country"),
        )
        company = await companies.create(work, facts, keys.pop(), import_id=into.id)
        company_id = firms[folded] = company.id
    await companies.add_person(work, company_id, person_id, title=row.get("title"))


async def _draft(work: Writing, import_id: int) -> MemberImport:
    row = await work.session.scalar(sa.select(MemberImport).where(MemberImport.id == import_id).with_for_update())
    if row is None:
        raise NotFound
    if row.state != "draft":
        raise Conflict(N_("This import has begun already."))
    return row


def _view(row: MemberImport, found: sheet.Sheet) -> ImportView:
    return ImportView(
        id=row.id,
        file_name=row.file_name,
        state=row.state,
        headings=found.headings,
        columns=dict(row.columns),
        examples=tuple(cells for _, cells in found.rows[:3]),
        total=row.total,
        position=row.position,
        created=row.created,
        updated=row.updated,
        skipped=row.skipped,
        created_at=row.created_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
    )
