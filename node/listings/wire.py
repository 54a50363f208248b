"""A listing as a Proposal inside a Note that every microblog can show; and what we keep of others' proposals."""

import html as markup
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from node import money
from node.actors.model import Actor
from node.industries import catalogue as industries
from node.listings import rules
from node.listings.model import Listing, ListingVariant
from node.media.model import Media
from node.posts import wire as posts
from node.posts.model import Post
from node.translations import SOURCE, catalogue
from node.uris import Uris
from node.words import N_
from schemas.note import Note
from schemas.proposal import Intent, Place, Proposal, Quantity, Variant
from schemas.proposal import money as money_intent
from schemas.values import PUBLIC, Link, as_decimal, host_of, same_origin
from schemas.vocabulary import LD_JSON, PROPOSAL

CATEGORIES = frozenset(
    {"goods", "service", "consulting", "work-wanted", "work-offered", "partner", "premises", "knowledge", "help"}
)
# What is done rather than handed over.
_SERVICES = CATEGORIES - {"goods", "partner", "premises"}
_TERMS = ("price", "barter", "gift", "open")
_LARGEST = Decimal(10) ** 14


def proposal(
    post: Post, listing: Listing, author: Actor, variants: Sequence[ListingVariant | rules.Variant] = ()
) -> Proposal:
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
            conforms_to=industries.reference(listing.industry),
            quantity=Quantity(Decimal(1), listing.unit),
            available=Quantity(_plain(available), listing.unit) if available is not None else None,
            minimum=Quantity(_plain(listing.minimum), listing.unit) if listing.minimum is not None else None,
        ),
        reciprocal=_reciprocal(listing, f"{uri}#reciprocal"),
        category=listing.category,
        negotiable=listing.is_negotiable or None,
        terms=listing.terms,
        recruitment=listing.is_recruitment_based or None,
        tax_rate=format(_plain(listing.tax_rate), "f") if listing.tax_rate is not None else None,
        industry=listing.industry or None,
        delivery=listing.delivery or None,
        serves_km=listing.serves_km,
        variants=tuple(_variant(variant, listing, is_over) for variant in variants),
        in_return=listing.barter or None if listing.terms != "barter" else None,
        answers=listing.answers_uri,
        test=listing.test_url,
    )


def _reciprocal(listing: Listing, id: str) -> Intent | None:
    if listing.terms == "price" and listing.price is not None and listing.currency:
        return money_intent(money.Money(listing.price, listing.currency).major, listing.currency, id)
    if listing.terms == "barter":
        return Intent(id=id, name=listing.barter or None)
    return None


def _variant(variant: ListingVariant | rules.Variant, listing: Listing, is_over: bool) -> Variant:
    left = Decimal(0) if is_over else variant.quantity
    has_price = variant.price is not None and listing.currency
    return Variant(
        variant.name,
        money.Money(variant.price or 0, listing.currency or "").major if has_price else None,
        Quantity(_plain(left), listing.unit) if left is not None else None,
    )


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
    variants: Sequence[ListingVariant] = (),
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
        proposal=proposal(post, listing, author, variants) if group is None else None,
        born_of=born_of,
    )


def content(
    listing: Listing,
    url: str,
    tags: Sequence[tuple[str, str]],
    language: str | None = None,
    variants: Sequence[ListingVariant | rules.Variant] = (),
) -> str:
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
    facts = [_terms(listing, say), _left(listing, say), _where(listing, say), _until(listing, say)]
    facts = [fact for fact in facts if fact]
    opening = f"<p><strong>{_text(headline)}</strong>"
    if facts:
        opening += "<br>" + " – ".join(_text(fact) for fact in facts)
    details, ask = say(N_("Details")), say(N_("reply privately to ask"))
    parts = [
        opening + "</p>",
        _choices(listing, variants, say),
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
        if listing.tax_rate:
            shown = say(N_("%(price)s + %(rate)s%% tax")) % {"price": shown, "rate": f"{_plain(listing.tax_rate):f}"}
        if listing.is_negotiable:
            shown = say(N_("%(price)s or an offer")) % {"price": shown}
        return (
            say(N_("%(price)s, or in return for %(what)s")) % {"price": shown, "what": listing.barter}
            if listing.barter
            else shown
        )
    if listing.terms == "barter":
        return (
            say(N_("in return for %(what)s")) % {"what": listing.barter} if listing.barter else say(N_("in exchange"))
        )
    if listing.terms == "gift":
        return say(N_("as a gift"))
    return say(N_("in return for %(what)s")) % {"what": listing.barter} if listing.barter else ""


def _left(listing: Listing, say: Callable[[str], str]) -> str:
    """How many there are, where it is worth saying: one is one."""
    if listing.purpose != "offer" or listing.state != "open" or listing.quantity is None or listing.quantity <= 1:
        return ""
    return say(N_("%(number)s available")) % {"number": f"{_plain(listing.quantity):f}"}


def _where(listing: Listing, say: Callable[[str], str]) -> str:
    """The place, how one comes by it, and how far from there it is to be had."""
    how = {
        "collection": N_("collection in %(place)s") if listing.place else N_("to be collected"),
        "delivery": N_("delivered from %(place)s") if listing.place else N_("delivered"),
        "both": N_("collection in %(place)s or delivered") if listing.place else N_("collected or delivered"),
    }.get(listing.delivery)
    where = say(how) % {"place": listing.place} if how is not None else listing.place
    if listing.serves_km is None:
        return where
    if listing.serves_km >= rules.EVERYWHERE:
        far = say(N_("everywhere"))
    else:
        far = say(N_("up to %(number)d km around")) % {"number": listing.serves_km}
    return f"{where}, {far}" if where else far


def _choices(listing: Listing, variants: Sequence[ListingVariant | rules.Variant], say: Callable[[str], str]) -> str:
    """The variants, one a line, each with its price and whether it is sold out."""
    lines = []
    for variant in variants:
        shown = variant.name
        if variant.price is not None and listing.currency:
            shown += f": {money.Money(variant.price, listing.currency)}"
        if variant.quantity == 0:
            shown += f" ({say(N_('sold out'))})"
        lines.append(f"<li>{_text(shown)}</li>")
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


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
    tax_rate: Decimal | None
    industry: str
    delivery: str
    serves_km: int | None
    variants: tuple[rules.Variant, ...]
    said_terms: str
    """The terms in the sender's own word, empty without one: that nothing is asked in return makes no gift yet."""
    answers_uri: str | None
    """The ask it says it answers."""
    test_url: str | None
    """Where it is tested, on its author's own host."""


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
        tax_rate=_tax_rate(found.tax_rate),
        industry=industries.read(found.industry or "") or industries.read_reference(found.publishes.conforms_to),
        delivery=found.delivery if found.delivery in rules.DELIVERIES else "",
        serves_km=min(found.serves_km, rules.EVERYWHERE) if found.serves_km is not None else None,
        variants=_variants(found.variants, currency),
        said_terms=found.terms if found.terms in _TERMS else "",
        answers_uri=found.answers or (carrier.in_reply_to if found.purpose == "offer" else None),
        test_url=found.test if same_origin(found.test, carrier.id) else None,
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


def _tax_rate(said: str | None) -> Decimal | None:
    rate = as_decimal(said)
    return rate.quantize(Decimal("0.001")) if rate is not None and 0 <= rate <= 100 else None


def _variants(found: Sequence[Variant], currency: str | None) -> tuple[rules.Variant, ...]:
    """Those that can be kept: of two of one name the first."""
    kept: dict[str, rules.Variant] = {}
    for variant in found:
        name = variant.name[: rules.VARIANT_LIMIT]
        if name.casefold() not in kept and len(kept) < rules.VARIANTS:
            price = _minor(variant.price, currency)
            kept[name.casefold()] = rules.Variant(name, price, _number(variant.available))
    return tuple(kept.values())


def _minor(amount: Decimal | None, currency: str | None) -> int | None:
    if amount is None or currency is None:
        return None
    try:
        return money.from_major(amount, currency).minor
    except ValueError:
        return None


def _barter(found: Proposal, price: int | None) -> str:
    if found.in_return:
        return found.in_return
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
