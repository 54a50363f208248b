"""A listing as a Proposal inside a Note that every microblog can show; and what we keep of others' proposals."""

import html as markup
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from node import money
from node.actors.model import Actor
from node.listings.model import Listing
from node.media.model import Media
from node.posts import wire as posts
from node.posts.model import Post
from node.translations import SOURCE, catalogue
from node.uris import Uris
from node.words import N_
from schemas.note import Note
from schemas.proposal import Intent, Place, Proposal, Quantity
from schemas.proposal import money as money_intent
from schemas.values import PUBLIC, Link, host_of
from schemas.vocabulary import LD_JSON, PROPOSAL

CATEGORIES = frozenset(
    {"goods", "service", "consulting", "work-wanted", "work-offered", "partner", "premises", "knowledge", "help"}
)
# What is done rather than handed over.
_SERVICES = CATEGORIES - {"goods", "partner", "premises"}
_TERMS = ("price", "barter", "gift", "open")
_LARGEST = Decimal(10) ** 14


def proposal(post: Post, listing: Listing, author: Actor) -> Proposal:
    """The Proposal of FEP-0837 that stands at ``listing.proposal_uri``."""
    uri = listing.proposal_uri
    is_over = listing.state != "open"
    available = Decimal(0) if is_over else listing.quantity
    return Proposal(
        id=uri,
        purpose=listing.purpose,
        attributed_to=author.uri,
        name=listing.title,
        content=listing.body or None,
        published=post.published_at,
        updated=post.updated_at,
        end_time=listing.expires_at,
        unit_based=True if listing.terms == "price" and not listing.is_negotiable else None,
        to=tuple(post.to),
        location=Place(listing.place or None, listing.latitude, listing.longitude)
        if listing.place or listing.latitude is not None
        else None,
        publishes=Intent(
            id=f"{uri}#primary",
            action="deliverService" if listing.category in _SERVICES else "transfer",
            quantity=Quantity(Decimal(1), listing.unit),
            available=Quantity(_plain(available), listing.unit) if available is not None else None,
            minimum=Quantity(_plain(listing.minimum), listing.unit) if listing.minimum is not None else None,
        ),
        reciprocal=_reciprocal(listing, f"{uri}#reciprocal"),
        category=listing.category,
        negotiable=listing.is_negotiable or None,
        terms=listing.terms,
        recruitment=listing.is_recruitment_based or None,
        answers=listing.answers_uri,
    )


def _reciprocal(listing: Listing, id: str) -> Intent | None:
    if listing.terms == "price" and listing.price is not None and listing.currency:
        return money_intent(money.Money(listing.price, listing.currency).major, listing.currency, id)
    if listing.terms == "barter":
        return Intent(id=id, name=listing.barter or None)
    return None


def _plain(number: Decimal) -> Decimal:
    """Without the zeros that the database adds."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def note(
    post: Post,
    listing: Listing,
    author: Actor,
    uris: Uris,
    *,
    tags: Sequence[str] = (),
    pictures: Sequence[Media] = (),
    group: Actor | None = None,
    mentions: Sequence[Actor] = (),
    born_of: str | None = None,
) -> Note:
    """The carrier: the post's Note with the Proposal inside and a FEP-0ea0 link to it.

    In a circle there is the link alone: Lemmy and its kin fail on a post with a Proposal among its attachments.
    """
    named = [group] if group is not None and group.uri in post.to and PUBLIC in post.to else mentions
    return replace(
        posts.note(post, author, uris, mentions=named, tags=tags, pictures=pictures, group=group),
        links=(Link(listing.proposal_uri, "Order", LD_JSON, ("payment", PROPOSAL)),),
        proposal=proposal(post, listing, author) if group is None else None,
        born_of=born_of,
    )


def content(listing: Listing, url: str, tags: Sequence[tuple[str, str]], language: str | None = None) -> str:
    """The HTML of the carrier, for readers whose programs know no listings: one headline, the facts, the text.

    ``tags`` are hashtags with their addresses; ``language`` is what the listing is written in. No price is left for
    the reader to look up elsewhere.
    """
    say = catalogue((language or SOURCE).partition("-")[0]).gettext
    title = {"title": listing.title}
    headline = (
        say(N_("Offer: %(title)s")) % title if listing.purpose == "offer" else say(N_("Wanted: %(title)s")) % title
    )
    over = {"sold": N_("SOLD"), "expired": N_("OVER"), "withdrawn": N_("OVER")}.get(listing.state)
    if over is not None:
        headline = f"{say(over)} – {headline}"
    facts = [fact for fact in (_terms(listing, say), listing.place, _until(listing, say)) if fact]
    opening = f"<p><strong>{_text(headline)}</strong>"
    if facts:
        opening += "<br>" + " – ".join(_text(fact) for fact in facts)
    details, ask = say(N_("Details")), say(N_("reply privately to ask"))
    parts = [
        opening + "</p>",
        listing.body,
        f'<p><a href="{markup.escape(url)}">{_text(details)}</a> · {_text(ask)}</p>',
    ]
    if tags:
        links = (
            f'<a href="{markup.escape(href)}" class="mention hashtag" rel="tag">#<span>{_text(tag)}</span></a>'
            for tag, href in tags
        )
        parts.append(f"<p>{' '.join(links)}</p>")
    return "".join(parts)


def _terms(listing: Listing, say: Callable[[str], str]) -> str:
    if listing.terms == "price" and listing.price is not None and listing.currency:
        shown = str(money.Money(listing.price, listing.currency))
        if listing.unit != "one":
            shown += f" / {listing.unit}"
        return say(N_("%(price)s or an offer")) % {"price": shown} if listing.is_negotiable else shown
    if listing.terms == "barter":
        return (
            say(N_("in return for %(what)s")) % {"what": listing.barter} if listing.barter else say(N_("in exchange"))
        )
    return say(N_("as a gift")) if listing.terms == "gift" else ""


def _until(listing: Listing, say: Callable[[str], str]) -> str:
    return say(N_("until %(day)s")) % {"day": f"{listing.expires_at:%Y-%m-%d}"} if listing.expires_at else ""


def _text(words: str) -> str:
    return markup.escape(words, quote=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """What we keep of somebody else's proposal, in the columns of a listing. ``body`` is HTML, not yet cleaned."""

    proposal_uri: str
    purpose: str
    title: str
    body: str
    category: str
    terms: str
    price: int | None
    currency: str | None
    is_negotiable: bool
    barter: str
    unit: str
    quantity: Decimal | None
    minimum: Decimal | None
    place: str
    latitude: float | None
    longitude: float | None
    is_recruitment_based: bool
    expires_at: datetime | None
    state: str
    said_terms: str
    """The terms in the sender's own word, empty without one: that nothing is asked in return makes no gift yet."""
    answers_uri: str | None
    """The ask it says it answers."""


def read(carrier: Note, found: Proposal) -> Terms:
    """The terms of a proposal that came inside ``carrier``, whatever program wrote it; limits as the columns have."""
    price, currency = _price(found)
    available = _number(found.publishes.available)
    # A proposal's own id counts only on the server of the carrier, so that nobody takes the place of another's.
    own = found.id if found.id and host_of(found.id) == host_of(carrier.id) else None
    return Terms(
        proposal_uri=own or proposal_of(carrier.id),
        purpose=found.purpose,
        title=(found.name or carrier.name or _first_line(found.content or carrier.content) or "…")[:200],
        body=found.content or carrier.content,
        category=found.category if found.category in CATEGORIES else _category(found),
        terms=_terms_of(found, price),
        price=price,
        currency=currency,
        is_negotiable=bool(found.negotiable),
        barter=_barter(found, price)[:300],
        unit=found.publishes.quantity.unit[:30] if found.publishes.quantity else "one",
        quantity=available,
        minimum=_number(found.publishes.minimum),
        place=(found.location.name or "")[:200] if found.location else "",
        latitude=found.location.latitude if found.location else None,
        longitude=found.location.longitude if found.location else None,
        is_recruitment_based=bool(found.recruitment),
        expires_at=found.end_time,
        state="sold" if available == 0 else "open",
        said_terms=found.terms if found.terms in _TERMS else "",
        answers_uri=found.answers or (carrier.in_reply_to if found.purpose == "offer" else None),
    )


def proposal_of(carrier_uri: str) -> str:
    """What a proposal without an id of its own is known by here."""
    return f"{carrier_uri}#proposal"[:2_048]


def _price(found: Proposal) -> tuple[int | None, str | None]:
    if found.price is None:
        return None, None
    amount, currency = found.price
    try:
        return money.from_major(amount, currency).minor, currency
    except ValueError:
        return None, None


def _terms_of(found: Proposal, price: int | None) -> str:
    if price is not None:
        return "price"
    if found.terms in _TERMS and found.terms != "price":
        return found.terms
    if found.reciprocal is not None:
        return "barter"
    return "gift" if found.purpose == "offer" and not found.negotiable and found.id else "open"


def _barter(found: Proposal, price: int | None) -> str:
    if price is not None or found.reciprocal is None:
        return ""
    return found.reciprocal.name or found.reciprocal.conforms_to or ""


def _category(found: Proposal) -> str:
    return "service" if found.publishes.action == "deliverService" else "goods"


def _number(quantity: Quantity | None) -> Decimal | None:
    if quantity is None or not 0 <= quantity.value < _LARGEST:
        return None
    return quantity.value.quantize(Decimal("0.001"))


def _first_line(html: str) -> str:
    words = re.sub(r"<[^>]*>", " ", re.split(r"<br|</p>|</h\d>", html, maxsplit=1)[0])
    return " ".join(markup.unescape(words).split())
