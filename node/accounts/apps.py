"""Apps that act for members: registration, a member's consent, and the token it becomes (OAuth 2, RFC 6749 and 7636).

Written by hand instead of on Authlib: its grants call synchronous hooks to look clients up and to save tokens, and our
units of work are asynchronous; what is left of it is a few comparisons, which stand here in the open.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from node.accounts import scopes, tokens
from node.accounts.model import AccessToken, App, AuthorizationCode
from node.errors import Invalid, NodeError
from node.ids import new_id
from node.secrets import hash_token, new_token
from node.words import N_, Message
from node.work import Reading, Writing
from schemas.values import host_of

RENEWABLE = "offline_access"
"""The scope with which an app asks for tokens that run out and can be renewed."""
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect of apps without an address of their own: the code is shown on a page and typed in."""
CODE_LASTS = timedelta(minutes=10)
UNUSED_LASTS = timedelta(days=7)
"""How long a registration is kept that nobody ever logged in with: anyone may register."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_DANGEROUS = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "mailto", "tel", "view-source"})


class Denied(NodeError):
    """A refusal in OAuth's own words; ``code`` is one of RFC 6749 parts 4.1.2.1 and 5.2.

    ``returns_to`` is where the app is to hear of it, an address of its own; empty where nobody may be redirected.
    """

    def __init__(self, code: str, message: Message | str, returns_to: str = "") -> None:
        self.code = code
        self.returns_to = returns_to
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Registration:
    """A registered app with the secret that is shown this once."""

    app: App
    secret: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks a member for, checked against its registration."""

    app: App
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Made:
    """A token as its app gets it, once."""

    token: str
    row: AccessToken
    refresh: str | None = None


async def register(
    work: Writing, name: str, redirect_uris: Sequence[str], scope: str | None, website: str = ""
) -> Registration:
    """Make an app known. Raises Invalid."""
    wrong: dict[str, Message | str] = {}
    name = " ".join(name.split())
    if not name:
        wrong["client_name"] = N_("Give the app a name.")
    elif len(name) > 60:
        wrong["client_name"] = N_("The name is longer than 60 characters.")
    if not redirect_uris or len(redirect_uris) > 20 or not all(_is_redirect(uri) for uri in redirect_uris):
        wrong["redirect_uris"] = N_("These are not addresses to return to.")
    if website and (len(website) > 2000 or host_of(website) is None):
        wrong["website"] = N_("This is not a web address.")
    granted = scopes.read(scope)
    if wrong:
        raise Invalid(wrong)
    secret = new_token() + new_token()
    app = App(
        id=new_id(work.now),
        client_id=new_token(),
        secret_hash=hash_token(secret),
        name=name,
        website=website,
        redirect_uris=list(dict.fromkeys(redirect_uris)),
        scopes=granted,
        created_at=work.now,
    )
    work.session.add(app)
    await work.session.flush()
    return Registration(app, secret)


async def by_client_id(work: Reading, client_id: str) -> App | None:
    return await work.session.scalar(sa.select(App).where(App.client_id == client_id))


async def by_id(work: Reading, id: int) -> App | None:
    return await work.session.get(App, id)


async def identify(work: Reading, client_id: str, secret: str) -> App:
    """The app that proves to be itself. Raises Denied."""
    app = await by_client_id(work, client_id)
    if app is None or not hmac.compare_digest(app.secret_hash, hash_token(secret)):
        raise Denied("invalid_client", N_("The app is not known here, or its secret is another."))
    return app


async def _holding(work: Reading, client_id: str, secret: str | None) -> App:
    """The app that shows something it was given; one without a secret proves itself by having that. Raises Denied."""
    app = await by_client_id(work, client_id)
    if app is None or (secret is not None and not hmac.compare_digest(app.secret_hash, hash_token(secret))):
        raise Denied("invalid_client", N_("The app is not known here, or its secret is another."))
    return app


async def check_wish(
    work: Reading,
    *,
    response_type: str,
    client_id: str,
    redirect_uri: str,
    scope: str | None,
    challenge: str | None = None,
    challenge_method: str | None = None,
    state: str = "",
) -> Wish:
    """What is asked of a member, when it may be asked. Raises Denied."""
    app = await by_client_id(work, client_id)
    if app is None:
        raise Denied("invalid_client", N_("This app is not known here. Please begin again in the app."))
    if not any(_is_same(redirect_uri, known) for known in app.redirect_uris):
        raise Denied("invalid_request", N_("The app wants to go back to an address it did not register."))
    try:
        if response_type != "code":
            kind = "unsupported_response_type" if response_type else "invalid_request"
            raise Denied(kind, N_("This way of logging in is not supported."))
        if (challenge or challenge_method) and (
            challenge_method != "S256" or not _CHALLENGE.fullmatch(challenge or "")
        ):
            raise Denied("invalid_request", N_("Only the S256 kind of PKCE is supported."))
        wanted = _within(app, scope)
    except Denied as refusal:
        refusal.returns_to = redirect_uri if redirect_uri != OUT_OF_BAND else ""
        raise
    return Wish(app, redirect_uri, tuple(wanted), challenge, state)


def _within(app: App, scope: str | None) -> list[str]:
    """The scopes in a text, when the app registered for them. Raises Denied."""
    try:
        wanted = scopes.read(scope)
    except Invalid as error:
        raise Denied("invalid_scope", next(iter(error.fields.values()))) from None
    if not scopes.contain(app.scopes, wanted):
        raise Denied("invalid_scope", N_("The app asks for more than it registered for."))
    return wanted


async def consent(work: Writing, wish: Wish, account_id: int) -> str:
    """The member says yes: a code that the app can turn into a token once."""
    await work.session.execute(sa.delete(AuthorizationCode).where(AuthorizationCode.expires_at < work.now - CODE_LASTS))
    code = new_token()
    work.session.add(
        AuthorizationCode(
            code_hash=hash_token(code),
            app_id=wish.app.id,
            account_id=account_id,
            redirect_uri=wish.redirect_uri,
            scopes=list(wish.scopes),
            challenge=wish.challenge,
            created_at=work.now,
            expires_at=work.now + CODE_LASTS,
        )
    )
    await work.session.flush()
    return code


async def exchange(
    work: Writing, *, client_id: str, secret: str | None, code: str, redirect_uri: str, verifier: str | None
) -> Made | Denied:
    """The token for a code. A refusal is returned, not raised: a code shown twice ends its token, and that must stay.

    The app proves itself by its secret or, without one, by PKCE.
    """
    app = await _holding(work, client_id, secret)
    row = await work.session.get(AuthorizationCode, hash_token(code), with_for_update=True)
    refused = Denied("invalid_grant", N_("This code does not work, or does not work any more. Please log in again."))
    if row is None or row.app_id != app.id:
        return refused
    if row.used_at is not None:
        # Shown twice: somebody else may have it (RFC 6749 part 4.1.2).
        made = await work.session.get(AccessToken, row.token_id) if row.token_id is not None else None
        if made is not None:
            await tokens.end(work, made)
        return refused
    if row.expires_at <= work.now or row.redirect_uri != redirect_uri or not _proves(row.challenge, verifier):
        return refused
    if secret is None and row.challenge is None:
        return Denied("invalid_client", N_("The app has to prove itself by its secret or by PKCE."))
    token, id = await tokens.make_row(work, row.account_id, app.name, row.scopes, app.id)
    row.used_at, row.token_id = work.now, id
    made = await work.session.get_one(AccessToken, id)
    refresh = await tokens.with_refresh(work, made) if RENEWABLE in row.scopes else None
    return Made(token, made, refresh)


async def renew(work: Writing, *, client_id: str, secret: str | None, refresh: str) -> Made | Denied:
    """A new token for a refresh token, which works once. A refusal is returned, not raised: see exchange()."""
    app = await _holding(work, client_id, secret)
    made = await tokens.renew(work, app.id, refresh)
    if made is None:
        return Denied("invalid_grant", N_("This permission cannot be renewed. Please log in again."))
    return Made(made[0], made[2], made[1])


async def for_itself(work: Writing, app: App, scope: str | None) -> Made:
    """A token that acts for nobody (client credentials). Raises Denied."""
    wanted = _within(app, scope)
    token, id = await tokens.make_row(work, None, app.name, wanted, app.id)
    return Made(token, await work.session.get_one(AccessToken, id))


async def take_back(work: Writing, app: App, token: str) -> None:
    """The app ends one of its own tokens, by itself or by what renews it (RFC 7009). Raises Denied.

    One that is not there is ended already.
    """
    hashed = hash_token(token)
    row = await work.session.scalar(
        sa.select(AccessToken).where(sa.or_(AccessToken.token_hash == hashed, AccessToken.refresh_hash == hashed))
    )
    if row is None:
        return
    if row.app_id != app.id:
        raise Denied("unauthorized_client", N_("This token belongs to another app."))
    await tokens.end(work, row)


async def prune(work: Writing) -> None:
    """Housekeeping: forget codes that ran out and registrations that nobody ever used."""
    await work.session.execute(sa.delete(AuthorizationCode).where(AuthorizationCode.expires_at < work.now - CODE_LASTS))
    used = sa.select(AccessToken.app_id).where(AccessToken.app_id == App.id, AccessToken.account_id.is_not(None))
    await work.session.execute(sa.delete(App).where(App.created_at < work.now - UNUSED_LASTS, ~used.exists()))


def _proves(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return verifier is None
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _is_same(uri: str, known: str) -> bool:
    """Whether an address is the registered one, to the letter. A program that listens on its own machine takes the port
    it gets (RFC 8252 part 7.3, RFC 9700 part 2.1)."""
    if uri == known:
        return True
    try:
        ours, theirs = urlsplit(known), urlsplit(uri)
        has_port = theirs.port is not None
    except ValueError:
        return False
    if ours.scheme != "http" or ours.hostname not in _LOOPBACK or "@" in theirs.netloc or not has_port:
        return False
    return ours.hostname == theirs.hostname and ours._replace(netloc="") == theirs._replace(netloc="")


def _is_redirect(uri: str) -> bool:
    """An absolute address without a fragment; apps on phones have schemes of their own."""
    if uri == OUT_OF_BAND:
        return True
    if len(uri) > 2000 or not uri.isprintable() or " " in uri or "#" in uri:
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    scheme = parts.scheme.lower()
    if not _SCHEME.fullmatch(scheme) or scheme in _DANGEROUS:
        return False
    if scheme in ("http", "https"):
        return bool(parts.hostname)
    return bool(parts.netloc or parts.path) or uri.endswith("://")  # as Ice Cubes has it: "icecubesapp://"
