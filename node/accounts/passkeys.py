"""Passkeys: logging in without a password (WebAuthn). The library is loaded only when somebody uses one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from node.accounts import sessions, throttle
from node.accounts.model import Account, OneTimeKey, Passkey
from node.actors.model import Actor
from node.config import Config
from node.errors import Forbidden, Gone, Invalid, NotFound, Unauthenticated
from node.ids import new_id
from node.secrets import hash_token, new_token
from node.words import N_
from node.work import Node, Reading, Writing

_LASTS = timedelta(minutes=10)
_NOT_KNOWN = N_("This passkey is not known here.")


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser needs to make or use a passkey, and the key under which we keep the challenge."""

    options: dict[str, Any]
    """For ``navigator.credentials``, in JSON form."""
    key: str


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """One passkey in its owner's list."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


async def begin_registration(work: Writing, account_id: int) -> Ceremony:
    """Options for making a passkey for an account."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import base64url_to_bytes
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    row = (
        await work.session.execute(
            sa.select(Account, Actor).join(Actor, Actor.id == Account.actor_id).where(Account.id == account_id)
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    account, actor = row
    known = await work.session.scalars(sa.select(Passkey.credential_id).where(Passkey.account_id == account_id))
    options = generate_registration_options(
        rp_id=_rp_id(work.config),
        rp_name=work.uris.host,
        user_id=str(account.id).encode(),
        user_name=actor.username,
        user_display_name=actor.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(id)) for id in known],
    )
    return await _begin(work, "passkey-new", options.challenge, json.loads(options_to_json(options)), account_id)


async def finish_registration(work: Writing, account_id: int, key: str, credential: str, name: str = "") -> None:
    """Keep the passkey the browser made. ``credential`` is its JSON. Raises Invalid, Gone."""
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    challenge = await _spend(work, "passkey-new", key, account_id)
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(work.config),
            expected_origin=work.config.url,
        )
    except Exception as error:  # the library raises its own errors and whatever its parsers raise
        raise Invalid({"passkey": N_("This passkey could not be checked. Please try again.")}) from error
    credential_id = bytes_to_base64url(verified.credential_id)
    if await work.session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == credential_id)) is not None:
        raise Invalid({"passkey": N_("This passkey is here already.")})
    work.session.add(
        Passkey(
            id=new_id(work.now),
            account_id=account_id,
            credential_id=credential_id,
            public_key=bytes_to_base64url(verified.credential_public_key),
            sign_count=verified.sign_count,
            name=(name.strip() or "Passkey")[:100],
            created_at=work.now,
        )
    )
    await work.session.flush()


async def begin_login(work: Writing) -> Ceremony:
    """Options for logging in with any passkey made here; the browser offers those it has."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    options = generate_authentication_options(
        rp_id=_rp_id(work.config), user_verification=UserVerificationRequirement.PREFERRED
    )
    return await _begin(work, "passkey-login", options.challenge, json.loads(options_to_json(options)), None)


async def finish_login(node: Node, key: str, credential: str, address: str = "", device: str = "") -> str:
    """A session token for a passkey's answer. Opens its own unit. Raises Unauthenticated, Forbidden, Gone, TooMany."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    throttle.count(node.config, throttle.PER_NETWORK, "login-network", throttle.network(address))
    try:
        credential_id = str(json.loads(credential)["id"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unauthenticated(_NOT_KNOWN) from error
    async with node.writing() as work:
        challenge = await _spend(work, "passkey-login", key, None)
        row = await work.session.scalar(sa.select(Passkey).where(Passkey.credential_id == credential_id[:1500]))
        if row is None:
            raise Unauthenticated(_NOT_KNOWN)
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=_rp_id(work.config),
                expected_origin=work.config.url,
                credential_public_key=base64url_to_bytes(row.public_key),
                credential_current_sign_count=row.sign_count,
            )
        except Exception as error:  # the library raises its own errors and whatever its parsers raise
            raise Unauthenticated(_NOT_KNOWN) from error
        account = await work.session.get(Account, row.account_id)
        if account is None or account.suspended_at is not None:
            raise Forbidden(N_("This account is suspended. Please ask the office."))
        row.sign_count = verified.new_sign_count
        row.used_at = work.now
        return await sessions.start(work, account.id, device, address)


async def listed(work: Reading, account_id: int) -> Sequence[PasskeyLine]:
    """The passkeys of an account, newest first."""
    rows = await work.session.scalars(
        sa.select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id.desc())
    )
    return [PasskeyLine(row.id, row.name, row.created_at, row.used_at) for row in rows]


async def remove(work: Writing, account_id: int, passkey_id: int) -> None:
    """Forget a passkey. Raises NotFound when it is not theirs."""
    removed = await work.session.scalar(
        sa.delete(Passkey).where(Passkey.id == passkey_id, Passkey.account_id == account_id).returning(Passkey.id)
    )
    if removed is None:
        raise NotFound


def _rp_id(config: Config) -> str:
    return urlsplit(config.url).hostname or ""


async def _begin(
    work: Writing, purpose: str, challenge: bytes, options: dict[str, Any], account_id: int | None
) -> Ceremony:
    key = new_token()
    work.session.add(
        OneTimeKey(
            token_hash=hash_token(key),
            purpose=purpose,
            account_id=account_id,
            subject=challenge.hex(),
            created_at=work.now,
            expires_at=work.now + _LASTS,
        )
    )
    await work.session.flush()
    return Ceremony(options, key)


async def _spend(work: Writing, purpose: str, key: str, account_id: int | None) -> bytes:
    """The challenge kept under a key, which is worth nothing from now on, also when the ceremony fails."""
    row = (
        await work.session.execute(
            sa.delete(OneTimeKey)
            .where(OneTimeKey.token_hash == hash_token(key), OneTimeKey.purpose == purpose)
            .returning(OneTimeKey.subject, OneTimeKey.account_id, OneTimeKey.expires_at)
        )
    ).one_or_none()
    if row is None or row.expires_at <= work.now or row.account_id != account_id:
        raise Gone(N_("That took too long. Please try again."))
    return bytes.fromhex(row.subject)
