"""What the people of a demo node have under way with each other: a quote that waits for its answer, an idea."""

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from node.actors.model import Actor
from node.deals import service as deals
from node.deals.terms import Line, Terms
from node.demo.people import Report
from node.demo.talk import Town, until_all
from node.ideas import service as ideas
from node.listings.model import Listing
from node.money import parse
from node.posts.model import Post
from node.work import Reading


async def begin(town: Town, report: Report) -> None:
    """Begin what is ours to begin, as soon as what it is about has arrived here."""
    said = tomllib.loads((files("node.demo") / "content" / "deals.toml").read_text("utf-8"))
    quotes = [each for each in said["quote"] if town.is_ours(each["by"])]
    thoughts = [each for each in said["idea"] if town.is_ours(each["by"])]
    await until_all(town.node, quotes, lambda work, each: _listing(work, town, each))
    async with town.node.writing() as work:
        for each in quotes:
            listing_id = await _listing(work, town, each)
            if listing_id is not None:
                await deals.begin(
                    work, await _actor(work, town, each["by"]), listing_id, words=each["words"], terms=_terms(each)
                )
        for each in thoughts:
            await ideas.begin(work, await _actor(work, town, each["by"]), each["title"], each["text"].strip())
    report(1, 1)


def _terms(each: dict[str, Any]) -> Terms:
    line = Line(
        each["name"], Decimal(each["quantity"]), parse(each["price"], each["currency"]).minor, Decimal(each["tax"])
    )
    return Terms(each["currency"], (line,), deposit=Decimal(each["deposit"]))


async def _listing(work: Reading, town: Town, each: dict[str, Any]) -> int | None:
    author = await _actor(work, town, each["to"])
    return await work.session.scalar(
        sa.select(Listing.post_id)
        .join(Post, Post.id == Listing.post_id)
        .where(Post.author_id == author.id, Listing.title == each["listing"])
    )


async def _actor(work: Reading, town: Town, username: str) -> Actor:
    host = town.hosts[town.world.people[username].house]
    found = await work.session.scalar(sa.select(Actor).where(Actor.host == host, Actor.username_folded == username))
    assert found is not None, f"@{username}@{host}"
    return found
