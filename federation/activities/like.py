"""Like, and EmojiReact: somebody likes what was said, or answers it with an emoji (FEP-c0e0)."""

from federation.directory import Directory
from federation.errors import Ignored
from node.actors.model import Actor
from node.circles import distribution
from node.emojis import service as emojis
from node.reactions import service as reactions
from node.work import Writing
from schemas import emoji as wire
from schemas.activities import Activity
from schemas.values import Document, get


async def prepare(activity: Activity, remote: Directory) -> Activity:
    return activity


async def apply(work: Writing, actor: Actor, activity: Activity) -> None:
    """Count it, when it is about something here that the actor may read."""
    uri, post_uri = activity.id, activity.object_id
    if uri is None or post_uri is None:
        raise Ignored("it is about nothing")
    emoji = emoji_in(activity.document)
    if not await reactions.receive(work, actor, uri, post_uri, emoji):
        raise Ignored("there is nothing of the kind here for them")
    if emoji.startswith(":"):
        drawn = [one for one in wire.emojis(activity.document) if f":{one.shortcode}:" == emoji]
        await emojis.keep(work, actor.host, drawn)
    await distribution.echo_vote(work, actor.id, post_uri, activity.document)


def emoji_in(document: Document) -> str:
    """Misskey says it in a word of its own as well."""
    words = get(document, "content")
    if not isinstance(words, str):
        words = get(document, "_misskey_reaction")
    return reactions.emoji_of(words if isinstance(words, str) else None)
