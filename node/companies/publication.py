"""What the rest of the world gets to see of a company: the actor document, and the news that it changed."""

import html as markup

from node.actors import queries as actors
from node.actors import wire as actor_wire
from node.actors.model import Actor
from node.companies.model import Company
from node.outbox import service as outbox
from node.outbox import wire as said
from node.work import Reading, Writing
from schemas.actors import Field
from schemas.values import Document, origin


async def document(work: Reading, actor: Actor) -> Document:
    """The company's actor document. All of a company's page is public."""
    company = await work.session.get(Company, actor.id)
    value = actor_wire.actor(
        actor, await actors.public_keys(work, actor.id), work.uris, fields=_lines(company) if company else ()
    )
    return value.write()


async def announce(work: Writing, actor: Actor) -> None:
    """Tell followers that the page changed."""
    actor.updated_at = work.now
    await work.session.flush()
    what = said.update(await document(work, actor), work.now)
    await outbox.publish(work, actor, what, outbox.Audience(public=True, followers=True))


def _lines(company: Company) -> list[Field]:
    site = company.website if origin(company.website) else ""
    address = markup.escape(site)
    town = " ".join(part for part in (company.postal_code, company.place) if part)
    found = [
        Field("Trade", markup.escape(company.trade, quote=False)),
        Field("Website", f'<a href="{address}" rel="nofollow noopener noreferrer">{address}</a>' if site else ""),
        Field("Phone", markup.escape(company.phone, quote=False)),
        Field("Address", markup.escape(", ".join(part for part in (company.street, town) if part), quote=False)),
    ]
    return [line for line in found if line.value]
