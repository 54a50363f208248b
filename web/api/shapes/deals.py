"""Status: a step of a deal, for apps that know no deals: a private word between its two sides, and a link.

Nothing of it is kept as a post: the steps are asked for whenever an app asks.
"""

import sqlalchemy as sa
from markupsafe import escape

from node.actors.rows import rows
from node.deals import queries
from node.deals.model import DealStep
from node.deals.queries import DealView, StepView
from node.errors import NotFound
from node.work import Reading
from web.api.shapes.accounts import accounts
from web.api.shapes.look import Entity, Look, moment
from web.context import reader
from web.translations import say


async def deal_of(work: Reading, viewer_id: int | None, step_id: int) -> DealView:
    """The deal in which a step was taken. Raises NotFound for anybody but its two sides."""
    deal_id = await work.session.scalar(sa.select(DealStep.deal_id).where(DealStep.id == step_id))
    if deal_id is None or viewer_id is None:
        raise NotFound
    return await queries.one(work, viewer_id, deal_id)


async def steps(work: Reading, look: Look, deal: DealView) -> list[Entity]:
    """Every step of a deal as a status that answers the one before it; their keys are those of the steps."""
    people = await accounts(work, look, list((await rows(work, (deal.me.id, deal.other.id))).values()))
    found: list[Entity] = []
    for step in deal.steps:
        found.append(_status(look, deal, step, people, found[-1] if found else None))
    return found


def _status(look: Look, deal: DealView, step: StepView, people: dict[int, Entity], before: Entity | None) -> Entity:
    by, to = (deal.me, deal.other) if step.is_mine else (deal.other, deal.me)
    named = people[to.id]
    return {
        "id": str(step.id),
        "created_at": moment(step.at),
        "in_reply_to_id": before["id"] if before else None,
        "in_reply_to_account_id": before["account"]["id"] if before else None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "direct",
        "language": reader().language,
        "uri": step.uri,
        "url": _page(look, deal),
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
        "quotes_count": 0,
        "edited_at": None,
        "content": _content(look, deal, step),
        "reblog": None,
        "account": people[by.id],
        "media_attachments": [],
        "mentions": [{name: named[name] for name in ("id", "username", "url", "acct")}],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        "quote": None,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "denied"},
        "favourited": False,
        "reblogged": False,
        "bookmarked": False,
        "muted": False,
        "filtered": [],
    }


def _page(look: Look, deal: DealView) -> str:
    return f"{look.base}/deals/{deal.id}"


def _content(look: Look, deal: DealView, step: StepView) -> str:
    """What was done, at what price, in which words, and where to answer it. Clean HTML."""
    from web import deals  # both bring the templates along: not before there is a deal to tell of
    from web.rendering import format_money

    lines = [str(escape(say(deals.step(step, deal))))]
    if step.terms is not None:
        lines.append(str(escape(f"{deal.title} · {format_money(step.terms.total, step.terms.currency)}")))
    if step.refusal is not None:
        lines.append(str(escape(step.refusal)))
    parts = [f"<p>{'<br>'.join(lines)}</p>"]
    if step.words:
        parts.append(f"<p>{'<br>'.join(str(escape(line)) for line in step.words.splitlines())}</p>")
    parts.append(f'<p><a href="{escape(_page(look, deal))}" rel="nofollow noopener">{escape(deal.title)}</a></p>')
    return "".join(parts)
