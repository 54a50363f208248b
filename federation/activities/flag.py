"""Flag: another server asks our officers to look at somebody of ours."""

from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.reports import service as reports
from node.work import Writing
from schemas.activities import Activity
from schemas.values import as_uri, get


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """It becomes a report. Mastodon and Mobilizon say why in ``content``, Lemmy in ``summary``, some not at all."""
    objects = [uri for each in activity.objects[:200] if (uri := as_uri(each)) is not None]
    words = activity.content or get(activity.document, "summary")
    kept = await reports.receive_flag(
        work, actor, activity.id or "", objects, words if isinstance(words, str) else ""
    )  # fmt: skip
    if kept is None:
        raise Ignored("it is about nobody of ours")
