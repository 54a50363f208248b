"""Writing letters: in the unit that causes them, in the recipient's language, never too many to one address."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from node.ids import new_id
from node.mail.model import Letter
from node.translations import say
from node.words import N_, Message
from node.work import Reading, Writing

PER_HOUR = 6
"""Letters to one address, so that nobody can be buried in mail from here."""

_FOOT = N_("This letter was sent by %(association)s, %(url)s.")


async def write(
    work: Writing,
    recipient: str,
    language: str,
    subject: Message | str,
    paragraphs: Sequence[Message | str],
    *,
    association: str = "",
    time_zone: str = "UTC",
    html: str = "",
    unsubscribe_url: str = "",
) -> Letter | None:
    """Queue a letter of plain paragraphs; None when the address had its share for this hour.

    A paragraph that is only a link stands on a line of its own, so that every mail program makes it clickable.
    ``html`` is the same for programs that show links; ``unsubscribe_url`` takes the POST of RFC 8058.
    """
    if await _recent(work, recipient) >= PER_HOUR:
        return None
    foot = Message(_FOOT, {"association": association or work.uris.host, "url": work.uris.base + "/"})
    zone = ZoneInfo(time_zone)
    said = [say(part, language, zone) for part in paragraphs]
    letter = Letter(
        id=new_id(work.now),
        recipient=recipient,
        subject=" ".join(say(subject, language, zone).split())[:300],
        text="\n\n".join(said) + "\n\n-- \n" + say(foot, language, zone) + "\n",
        html=html,
        unsubscribe_url=unsubscribe_url,
        language=language,
        next_at=work.now,
        created_at=work.now,
    )
    work.session.add(letter)
    work.wake("mail")
    return letter


async def prune(work: Writing) -> None:
    """Forget letters whose story ended a while ago."""
    ended = work.now - timedelta(days=work.config.history_days)
    await work.session.execute(sa.delete(Letter).where(Letter.state != "waiting", Letter.created_at < ended))


async def _recent(work: Reading, recipient: str) -> int:
    found = await work.session.scalar(
        sa.select(sa.func.count())
        .select_from(Letter)
        .where(sa.func.lower(Letter.recipient) == recipient.lower(), Letter.created_at > work.now - timedelta(hours=1))
    )
    return int(found or 0)
