"""Coming in and going: invitations, claims of pages made by the office, applications, and the end of a membership."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from node.accounts import passwords, throttle
from node.accounts import service as accounts
from node.accounts.model import Account
from node.actors.keys import make_keys
from node.actors.model import Actor
from node.associations import service as associations
from node.associations import vouches
from node.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from node.ids import new_id
from node.mail import addresses
from node.mail import service as mail
from node.members import service
from node.members.adding import Newcomer, add_member
from node.members.model import Member, MembershipApplication
from node.members.service import Entry
from node.members.views import JoinView
from node.secrets import hash_token, new_token
from node.tables import JoinInvitation, Notification
from node.webhooks import service as webhooks
from node.words import N_, Message
from node.work import Node, Reading, Writing

LASTS = timedelta(days=14)
TOPIC = "applications"
"""Told to the officers when somebody applies."""
_USED = N_("This link was used already or is too old. Ask the office for a new one.")
_HELLO = N_("Hello %(name)s,")
_ONCE = N_("The link works once, until %(time)s.")


@dataclass(frozen=True, slots=True)
class Invited:
    """A join link, and whether a letter with it is on its way."""

    url: str
    is_mailed: bool


# invitations


async def invite(
    work: Writing,
    by_account_id: int,
    *,
    email: str | None = None,
    name: str = "",
    note: str = "",
    role: str = "member",
    language: str = "",
) -> Invited:
    """A link for one person to become a member, mailed where there is an address. Raises Invalid, Forbidden."""
    by = await _officer(work, by_account_id)
    if role != "member" and by.role != "admin":
        raise Forbidden(N_("Only an administrator can invite to the office."))
    if role not in accounts.ROLES:
        raise Invalid({"role": N_("Choose one of these.")})
    if email:
        email = addresses.read(email)
        if await accounts.by_email(work, email) is not None:
            raise Invalid({"email": N_("Somebody with this mail address is here already.")})
    url, until = await _open(work, by, email=email or None, name=name, note=note, role=role)
    if not email:
        return Invited(url, False)
    house = await associations.house(work)
    inviting = await work.session.get(Actor, by.actor_id)
    paragraphs: list[Message | str] = [Message(_HELLO, {"name": name})] if name else []
    paragraphs.append(
        Message(N_("%(who)s invites you to become a member of %(association)s here:"),
                {"who": inviting.name if inviting else house.name, "association": house.name})
    )  # fmt: skip
    paragraphs += [url, *([note.strip()] if note.strip() else []), Message(_ONCE, {"time": until})]
    letter = await mail.write(
        work,
        email,
        language or work.config.language,
        Message(N_("An invitation to %(association)s"), {"association": house.name}),
        paragraphs,
        association=house.name,
        time_zone=house.time_zone,
    )
    return Invited(url, letter is not None)


async def invite_to_claim(work: Writing, by_account_id: int, limit: int = 50) -> int:
    """Write to the next ``limit`` members whose pages the office made; returns to how many.

    Who was written to and has an open link is left alone, so that one wave follows the other.
    """
    by = await _officer(work, by_account_id)
    house = await associations.house(work)
    waiting = sa.select(JoinInvitation.for_account_id).where(
        JoinInvitation.for_account_id.is_not(None),
        JoinInvitation.revoked_at.is_(None),
        JoinInvitation.expires_at > work.now,
    )
    rows = await work.session.execute(
        sa.select(Account, Actor)
        .join(Actor, Actor.id == Account.actor_id)
        .join(Member, Member.actor_id == Actor.id)
        .where(
            Account.claimed_at.is_(None),
            Account.email.is_not(None),
            Account.suspended_at.is_(None),
            Member.ended_at.is_(None),
            Account.id.not_in(waiting),
        )
        .order_by(Account.id)
        .limit(limit)
    )
    sent = 0
    for account, actor in rows.all():
        await _write_claim(work, by, account, actor, house)
        sent += 1
    return sent


async def still_to_invite(work: Reading) -> int:
    """How many members could be invited to claim their page now."""
    waiting = sa.select(JoinInvitation.for_account_id).where(
        JoinInvitation.for_account_id.is_not(None),
        JoinInvitation.revoked_at.is_(None),
        JoinInvitation.expires_at > work.now,
    )
    found = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(Account)
        .join(Member, Member.actor_id == Account.actor_id)
        .where(
            Account.claimed_at.is_(None),
            Account.email.is_not(None),
            Account.suspended_at.is_(None),
            Member.ended_at.is_(None),
            Account.id.not_in(waiting),
        )
    )
    return int(found or 0)


async def claim_link(work: Writing, by_account_id: int, actor_id: int) -> str:
    """A link by which one member takes over the page the office made, to be handed over in person."""
    by = await _officer(work, by_account_id)
    account = await accounts.by_actor(work, actor_id)
    if account is None:
        raise NotFound
    if account.claimed_at is not None:
        raise Conflict(N_("This member has come in already."))
    url, _ = await _open(work, by, email=account.email, for_account_id=account.id)
    return url


async def look(work: Reading, token: str) -> JoinView:
    """What stands behind a join link. Raises NotFound, Gone."""
    row = await _invitation(work, token)
    by = await work.session.scalar(
        sa.select(Actor.name).join(Account, Account.actor_id == Actor.id).where(Account.id == row.by_account_id)
    )
    name, username = row.name, ""
    if row.for_account_id is not None:
        actor = await work.session.scalar(
            sa.select(Actor).join(Account, Account.actor_id == Actor.id).where(Account.id == row.for_account_id)
        )
        if actor is not None:
            name, username = actor.name, actor.username
    return JoinView(row.email, name, row.note, by or "", row.for_account_id is not None, username, row.expires_at)


async def join(
    node: Node, token: str, *, username: str, name: str, email: str, password: str, language: str = ""
) -> int:
    """Come in by a link: a new member, or a member who takes over their page. Opens its own units.

    Returns the account. Raises NotFound, Gone, Invalid.
    """
    async with node.reading() as work:
        view = await look(work, token)
    passwords.check(password, email, username, name)
    hashed = await passwords.hash_password(password)
    keys = None if view.is_claim else await make_keys()
    async with node.writing() as work:
        row = await _invitation(work, token)
        spent = await work.session.scalar(
            sa.update(JoinInvitation)
            .where(JoinInvitation.id == row.id, JoinInvitation.used_at.is_(None))
            .values(used_at=work.now)
            .returning(JoinInvitation.id)
        )
        if spent is None:  # a twin was faster
            raise Gone(_USED)
        if keys is None:
            account = await _claim(work, row, name, email, hashed, language)
        else:
            newcomer = Newcomer(
                name=name, email=email, username=username, password_hash=hashed, role=row.role, language=language
            )
            account = await add_member(work, newcomer, keys)
        await work.session.execute(
            sa.update(JoinInvitation).where(JoinInvitation.id == row.id).values(used_by_id=account.id)
        )
        return account.id


async def _claim(work: Writing, row: JoinInvitation, name: str, email: str, hashed: str, language: str) -> Account:
    account = await work.session.get(Account, row.for_account_id)
    actor = await work.session.get(Actor, account.actor_id) if account is not None else None
    if account is None or actor is None or account.suspended_at is not None:
        raise Gone(_USED)
    await accounts.revise(work, account.id, email=email, language=language or None)
    await accounts.set_password(work, account, hashed)
    if name.strip() and name.strip() != actor.name:
        await service.revise_profile(work, actor.id, name=name)
    # Other links for the same page are worth nothing now.
    await work.session.execute(
        sa.update(JoinInvitation)
        .where(JoinInvitation.for_account_id == account.id, JoinInvitation.id != row.id)
        .values(revoked_at=work.now)
    )
    await webhooks.tell(work, "member.joined", handle=actor.handle, name=actor.name, url=actor.url)
    return account


# applications


async def apply(
    work: Writing,
    *,
    name: str,
    email: str,
    company: str = "",
    trade: str = "",
    message: str = "",
    language: str = "",
    address: str = "",
) -> None:
    """Ask to become a member. The same answer for everyone: whether an address is known here stays here.

    Raises Invalid, Forbidden (the association takes no applications), TooMany.
    """
    house = await associations.house(work)
    if not house.is_open_to_applications:
        raise Forbidden(N_("This association takes members by invitation only."))
    email = addresses.read(email)
    if not name.strip():
        raise Invalid({"name": N_("What should people call you?")})
    throttle.count(work.config, throttle.LETTERS, "apply", throttle.network(address))
    known = await accounts.by_email(work, email)
    waiting = await work.session.scalar(
        sa.select(MembershipApplication.id).where(
            MembershipApplication.email_folded == addresses.fold(email), MembershipApplication.state == "waiting"
        )
    )
    if known is not None or waiting is not None:
        return
    row = MembershipApplication(
        id=new_id(work.now),
        name=" ".join(name.split())[:200],
        email=email,
        email_folded=addresses.fold(email),
        company=company.strip()[:200],
        trade=trade.strip()[:200],
        message=message.strip()[:4000],
        language=language or work.config.language,
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    await webhooks.tell(work, "application.received", id=str(row.id), name=row.name, company=row.company)
    await mail.write(
        work,
        email,
        row.language,
        Message(N_("%(association)s has your application"), {"association": house.name}),
        [
            Message(_HELLO, {"name": row.name}),
            N_("thank you. Somebody from the office will read what you wrote and answer you by mail."),
        ],
        association=house.name,
    )
    for officer in await accounts.officers(work):
        work.session.add(
            Notification(
                id=new_id(work.now),
                account_id=officer.id,
                kind="application",
                cause=f"application:{row.id}",
                subject_id=row.id,
                visible_at=work.now,
                created_at=work.now,
            )
        )
        work.tell(officer.id, TOPIC)
        work.tell(officer.id, "notifications")


async def approve(node: Node, by_account_id: int, application_id: int) -> int:
    """Say yes: the applicant is a member now and gets a link to come in. Opens its own unit; returns their account.

    Raises Conflict when it was decided already.
    """
    keys = await make_keys()
    async with node.writing() as work:
        by = await _officer(work, by_account_id)
        row = await _decide(work, application_id, by, "approved")
        entries = {"trade": Entry(row.trade)} if row.trade else {}
        newcomer = Newcomer(name=row.name, email=row.email, language=row.language, entries=entries, is_claimed=False)
        account = await add_member(work, newcomer, keys)
        house = await associations.house(work)
        actor = await work.session.get(Actor, account.actor_id)
        assert actor is not None
        await _write_claim(work, by, account, actor, house, is_welcome=True)
        return account.id


async def decline(work: Writing, by_account_id: int, application_id: int, reason: str) -> None:
    """Say no, with a reason that goes to the applicant as it stands. Raises Invalid, Conflict."""
    by = await _officer(work, by_account_id)
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": N_("Say why, in a sentence or two. It goes to them as you write it.")})
    row = await _decide(work, application_id, by, "declined")
    row.reason = reason[:2000]
    house = await associations.house(work)
    await mail.write(
        work,
        row.email,
        row.language,
        Message(N_("Your application to %(association)s"), {"association": house.name}),
        [
            Message(_HELLO, {"name": row.name}),
            Message(N_("thank you for your interest. %(association)s does not take your application up this time:"),
                    {"association": house.name}),
            row.reason,
        ],
        association=house.name,
    )  # fmt: skip


# the end


async def end_membership(work: Writing, by_account_id: int, actor_id: int) -> None:
    """The association no longer vouches for them; their account and what is theirs stays. Raises Conflict."""
    await _officer(work, by_account_id)
    member, account = await _member(work, actor_id)
    if member.ended_at is not None:
        raise Conflict(N_("This membership has ended already."))
    if account.role == "admin":
        raise Conflict(N_("An administrator cannot be let go; take the role away first."))
    member.ended_at = work.now
    account.role = "member"
    actor = await work.session.get(Actor, actor_id)
    assert actor is not None
    try:
        await vouches.revoke(work, actor)
    except NotFound:  # the word was taken back before
        return
    finally:
        await work.session.flush()


async def resume_membership(work: Writing, by_account_id: int, actor_id: int) -> None:
    """They are a member again. Raises Conflict."""
    await _officer(work, by_account_id)
    member, _ = await _member(work, actor_id)
    if member.ended_at is None:
        raise Conflict(N_("This membership has not ended."))
    member.ended_at = None
    actor = await work.session.get(Actor, actor_id)
    assert actor is not None
    await vouches.vouch(work, actor)


# shared


async def _open(
    work: Writing,
    by: Account,
    *,
    email: str | None,
    name: str = "",
    note: str = "",
    role: str = "member",
    for_account_id: int | None = None,
) -> tuple[str, object]:
    token = new_token()
    row = JoinInvitation(
        id=new_id(work.now),
        token_hash=hash_token(token),
        email=email,
        name=" ".join(name.split())[:200],
        note=note.strip()[:2000],
        role=role,
        for_account_id=for_account_id,
        by_account_id=by.id,
        created_at=work.now,
        expires_at=work.now + LASTS,
    )
    work.session.add(row)
    await work.session.flush()
    return work.uris.join(token), row.expires_at


async def _write_claim(
    work: Writing,
    by: Account,
    account: Account,
    actor: Actor,
    house: associations.House,
    *,
    is_welcome: bool = False,
) -> None:
    assert account.email is not None
    url, until = await _open(work, by, email=account.email, for_account_id=account.id)
    subject = N_("Welcome to %(association)s") if is_welcome else N_("Your page at %(association)s")
    opening = (
        N_("you are a member of %(association)s now. Choose a password with this link and come in:")
        if is_welcome
        else N_("%(association)s has a page for you. This link makes it yours:")
    )
    await mail.write(
        work,
        account.email,
        account.language,
        Message(subject, {"association": house.name}),
        [
            Message(_HELLO, {"name": actor.name}),
            Message(opening, {"association": house.name}),
            url,
            Message(_ONCE, {"time": until}),
        ],
        association=house.name,
        time_zone=house.time_zone,
    )


async def _invitation(work: Reading, token: str) -> JoinInvitation:
    row = await work.session.scalar(sa.select(JoinInvitation).where(JoinInvitation.token_hash == hash_token(token)))
    if row is None:
        raise NotFound
    if row.used_at is not None or row.revoked_at is not None or row.expires_at <= work.now:
        raise Gone(_USED)
    return row


async def _decide(work: Writing, application_id: int, by: Account, state: str) -> MembershipApplication:
    decided = await work.session.scalar(
        sa.update(MembershipApplication)
        .where(MembershipApplication.id == application_id, MembershipApplication.state == "waiting")
        .values(state=state, decided_by=by.id, decided_at=work.now)
        .returning(MembershipApplication.id)
    )
    row = await work.session.get(MembershipApplication, application_id, populate_existing=True)
    if row is None:
        raise NotFound
    if decided is None:
        raise Conflict(N_("Somebody has answered this application already."))
    for officer in await accounts.officers(work):
        work.tell(officer.id, TOPIC)
    return row


async def _officer(work: Reading, account_id: int) -> Account:
    account = await work.session.get(Account, account_id)
    if account is None or account.role not in ("officer", "admin") or account.suspended_at is not None:
        raise Forbidden
    return account


async def _member(work: Reading, actor_id: int) -> tuple[Member, Account]:
    row = (
        await work.session.execute(
            sa.select(Member, Account)
            .join(Account, Account.actor_id == Member.actor_id)
            .where(Member.actor_id == actor_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]
