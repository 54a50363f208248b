"""Looks a node over and says how to mend what is wrong: address, TLS, database, clock, mail, queue, folders."""

import asyncio
import ctypes
import ctypes.util
import json
import os
import shutil
import socket
import ssl
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from node import migrate
from node.config import Config
from node.development import refuse_in_public
from node.errands import service as errands
from node.errors import NodeError
from node.inbox.model import WAITING
from node.mail import sending
from node.media import files
from node.tables import Activity, Delivery, Fanout, Letter, Peer, Received
from node.words import N_, Message
from node.work import Node

GOOD, ATTENTION, WRONG = "good", "attention", "wrong"
_PATIENCE = 8.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    state: str
    text: Message
    mend: Message | None = None
    """What to do about it."""


def _good(about: str, text: str, **values: object) -> Finding:
    return Finding(about, GOOD, Message(text, values))


def _attention(about: str, text: str, mend: str, **values: object) -> Finding:
    return Finding(about, ATTENTION, Message(text, values), Message(mend, values))


def _wrong(about: str, text: str, mend: str, **values: object) -> Finding:
    return Finding(about, WRONG, Message(text, values), Message(mend, values))


async def examine(config: Config) -> list[Finding]:
    """All findings, one line or more for each thing looked at. Changes nothing."""
    findings: list[Finding] = []
    looks: tuple[Callable[[Config], Awaitable[list[Finding]]], ...] = (
        _settings,
        _folders,
        _database,
        _clock,
        _address,
        _tls,
        _mail,
    )
    for look in looks:
        findings += await look(config)
    if not any(finding.about == "database" and finding.state == WRONG for finding in findings):
        findings += await _queue(config)
    return findings


async def _settings(config: Config) -> list[Finding]:
    try:
        await refuse_in_public(config)
    except NodeError as error:
        return [
            Finding("settings", WRONG, error.message, Message(N_("Remove it from commensal.toml or the environment.")))
        ]
    if config.allow_http:
        return [
            _attention(
                "settings",
                N_("Development mode: plain http between nodes is allowed."),
                N_("Take allow_http away before other people use this node."),
            )
        ]
    return [_good("settings", N_("The settings fit together."))]


async def _folders(config: Config) -> list[Finding]:
    findings = []
    try:
        places = {"data": config.data, "pictures": files.folder(config)}
    except NodeError as error:
        return [Finding("folders", WRONG, error.message)]
    for about, folder in places.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            findings.append(
                _wrong(
                    about,
                    N_("%(folder)s cannot be written to: %(error)s"),
                    N_("Give the user that runs Commensal this folder (chown)."),
                    folder=folder,
                    error=error.strerror or error,
                )
            )
            continue
        free = shutil.disk_usage(folder).free >> 20
        if free < 500:
            findings.append(
                _attention(
                    about,
                    N_("Only %(free)s MB are free in %(folder)s."),
                    N_("Make room: a full disk stops everything."),
                    free=free,
                    folder=folder,
                )
            )
        else:
            findings.append(
                _good(about, N_("%(folder)s can be written to; %(free)s MB are free."), folder=folder, free=free)
            )
    secret = config.data / "secret.key"
    if secret.exists() and secret.stat().st_mode & 0o077:
        findings.append(
            _wrong("secret", N_("Others on this machine can read %(file)s."), N_("chmod 600 %(file)s"), file=secret)
        )
    return findings


async def _database(config: Config) -> list[Finding]:
    kind = "SQLite" if config.is_sqlite else "PostgreSQL"
    if config.is_sqlite and not await asyncio.to_thread(os.path.exists, config.database.partition("///")[2]):
        return [
            _attention("database", N_("There is no database yet."), N_("commensal migrate, or simply commensal run."))
        ]
    begun = time.perf_counter()
    try:
        found = await migrate.current(config)
    except NodeError as error:
        return [
            Finding(
                "database",
                WRONG,
                error.message,
                Message(N_("Look whether it runs, and at database_url in the settings.")),
            )
        ]
    took = round((time.perf_counter() - begun) * 1000)
    if found != migrate.newest():
        return [
            _wrong(
                "database",
                N_("The database is at schema %(found)s and this program needs %(needed)s."),
                N_("commensal migrate"),
                found=found or "none",
                needed=migrate.newest(),
            )
        ]
    return [
        _good(
            "database", N_("%(kind)s answers in %(took)s ms with the schema this program needs."), kind=kind, took=took
        )
    ]


async def _clock(config: Config) -> list[Finding]:
    if not config.is_sqlite:
        node = Node(config)
        try:
            await node.open()
            async with node.reading() as work:
                there = await work.session.scalar(sa.select(sa.func.clock_timestamp()))
            apart = abs((there - datetime.now(UTC)).total_seconds()) if there else 0.0
            if apart > 10:
                return [
                    _wrong(
                        "clock",
                        N_("This machine and the database are %(apart)s seconds apart."),
                        N_("Switch on time synchronisation on both (timedatectl set-ntp true)."),
                        apart=round(apart),
                    )
                ]
        except NodeError:
            pass  # the database's own finding says it
        finally:
            await node.close()
    if _clock_is_free_running():
        return [
            _attention(
                "clock",
                N_("No time server keeps this machine's clock in step."),
                N_("timedatectl set-ntp true. Others refuse what is signed more than an hour off."),
            )
        ]
    return [_good("clock", N_("The clock says %(now)s."), now=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"))]


def _clock_is_free_running() -> bool:
    """True when the kernel knows that nothing corrects the clock; False where it cannot be asked."""
    name = ctypes.util.find_library("c")
    if os.name != "posix" or name is None:
        return False
    asked = (ctypes.c_byte * 512)()  # struct timex with modes=0: a look
    try:
        return bool(ctypes.CDLL(name).adjtimex(ctypes.byref(asked)) == 5)  # TIME_ERROR
    except (OSError, AttributeError):
        return False


async def _address(config: Config) -> list[Finding]:
    parts = urlsplit(config.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_PATIENCE):
            found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return [
            _wrong(
                "address",
                N_("The name %(host)s is not known to the name servers."),
                N_("Add an A or AAAA record for it where your domain is kept."),
                host=parts.hostname,
            )
        ]
    addresses = ", ".join(sorted({str(entry[4][0]) for entry in found}))
    status, body = await asyncio.to_thread(_get, f"{config.url}/actor", "application/activity+json")
    if status is None:
        return [
            _wrong(
                "address",
                N_("%(url)s (%(addresses)s) does not answer: %(error)s"),
                N_("Start the node, and look whether the proxy passes requests on to %(listen)s."),
                url=config.url,
                addresses=addresses,
                error=body,
                listen=config.listen,
            )
        ]
    try:
        is_us = status == 200 and json.loads(body).get("id") == f"{config.url}/actor"
    except ValueError:
        is_us = False
    if not is_us:
        return [
            _wrong(
                "address",
                N_("%(url)s answers, but it is not this node (status %(status)s)."),
                N_("The proxy must pass Host and the whole path on to %(listen)s unchanged."),
                url=config.url,
                status=status,
                listen=config.listen,
            )
        ]
    return [_good("address", N_("%(url)s (%(addresses)s) leads to this node."), url=config.url, addresses=addresses)]


def _get(url: str, accept: str) -> tuple[int | None, str]:
    request = urllib.request.Request(url, headers={"Accept": accept, "User-Agent": "commensal-doctor"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - our own configured address
            return answer.status, answer.read(100_000).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, ""
    except (OSError, ValueError) as error:
        return None, str(getattr(error, "reason", error))[:200]


async def _tls(config: Config) -> list[Finding]:
    parts = urlsplit(config.url)
    if parts.scheme != "https":
        return [
            _attention(
                "tls",
                N_("The address begins with http: nothing on the way is encrypted."),
                N_("Put a proxy with a certificate in front; deploy/caddy shows one."),
            )
        ]
    try:
        expires = await asyncio.to_thread(_certificate_ends, parts.hostname or "", parts.port or 443)
    except ssl.SSLCertVerificationError as error:
        return [
            _wrong(
                "tls",
                N_("Others will not trust the certificate: %(error)s"),
                N_("Get one for this very name (Caddy and certbot do it by themselves)."),
                error=error.verify_message,
            )
        ]
    except OSError as error:
        return [
            _wrong("tls", N_("No encrypted connection: %(error)s"), N_("Look at the proxy's own log."), error=error)
        ]
    left = (expires - datetime.now(UTC)).days
    if left < 14:
        return [
            _attention(
                "tls", N_("The certificate runs out in %(left)s days."), N_("Look why it was not renewed."), left=left
            )
        ]
    return [_good("tls", N_("The certificate is trusted and good for %(left)s days."), left=left)]


def _certificate_ends(host: str, port: int) -> datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=_PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        until = secure.getpeercert()["notAfter"]  # type: ignore[index]
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC)


async def _mail(config: Config) -> list[Finding]:
    if not config.smtp_url:
        return [
            _attention(
                "mail",
                N_("No mail server is set: letters land in %(folder)s and nobody gets them."),
                N_("Set smtp_url and mail_from."),
                folder=config.data / "mail",
            )
        ]
    import aiosmtplib

    try:
        server = sending.Smtp.read(config.smtp_url)
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.is_tls,
            start_tls=server.start_tls,
            username=server.user,
            password=server.password,
            timeout=_PATIENCE,
        )
        await client.connect()
        await client.quit()
    except NodeError as error:
        return [Finding("mail", WRONG, error.message)]
    except (aiosmtplib.SMTPException, OSError) as error:
        return [
            _wrong(
                "mail",
                N_("The mail server does not take us: %(error)s"),
                N_("Look at host, port, user and password in smtp_url."),
                error=str(error)[:200],
            )
        ]
    return [
        _good("mail", N_("%(host)s takes letters from %(sender)s."), host=server.host, sender=sending.sender(config))
    ]


async def _queue(config: Config) -> list[Finding]:
    node = Node(config)
    try:
        await node.open()
        async with node.reading() as work:
            now = work.now
            oldest = await work.session.scalar(
                sa.select(sa.func.min(Delivery.next_at)).where(Delivery.state == "waiting")
            )
            said = await work.session.scalar(
                sa.select(sa.func.min(Activity.created_at)).where(Activity.id.in_(sa.select(Fanout.activity_id)))
            )
            inbox = await work.session.scalar(sa.select(sa.func.min(Received.next_at)).where(sa.text(WAITING)))
            letters = await work.session.scalar(sa.select(sa.func.min(Letter.next_at)).where(Letter.state == "waiting"))
            failed = await work.session.scalar(
                sa.select(sa.func.count()).select_from(Letter).where(Letter.state == "failed")
            )
            given_up = await work.session.scalar(
                sa.select(sa.func.count()).select_from(Received).where(Received.state == "failed")
            )
            unfetched = await errands.given_up(work)
            silent = (
                await work.session.scalars(
                    sa.select(Peer.host)
                    .where(Peer.failing_since < now - timedelta(days=2))
                    .order_by(Peer.host)
                    .limit(5)
                )
            ).all()
    except NodeError as error:
        return [Finding("queue", ATTENTION, error.message)]
    finally:
        await node.close()
    findings = []
    late = now - timedelta(minutes=10)
    if any(moment is not None and moment < late for moment in (oldest, said, inbox, letters)):
        findings.append(
            _wrong(
                "queue",
                N_("Something has been due for more than ten minutes."),
                N_("Is a worker running? Start commensal worker, or commensal run."),
            )
        )
    if failed:
        findings.append(
            _attention(
                "queue",
                N_("%(count)s letters could not be delivered."),
                N_("The office's delivery page says why for each."),
                count=failed,
            )
        )
    if given_up or unfetched:
        findings.append(
            _attention(
                "queue",
                N_("%(count)s things that came in broke something here each time, and were given up."),
                N_(
                    "The log has each as activity_failed or errand_given_up; please tell the people who make Commensal."
                ),
                count=(given_up or 0) + unfetched,
            )
        )
    if silent:
        findings.append(
            _attention(
                "queue",
                N_("These have not answered for two days: %(hosts)s"),
                N_("Nothing to do here; it is tried again by itself."),
                hosts=", ".join(silent),
            )
        )
    return findings or [_good("queue", N_("Nothing is late."))]
