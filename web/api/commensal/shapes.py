"""What Mastodon has no word for, as our own API shows it: people in one line, listings, invitations."""

from datetime import datetime
from decimal import Decimal

from node.faces import Face
from node.invitations.queries import InvitationView
from node.listings.queries import ListingView
from node.listings.searches import SearchView
from node.money import Money
from node.testimonials.queries import RecommendationView
from web.api.shapes.look import Entity, Look, moment


def person(look: Look, face: Face) -> Entity:
    """Somebody in one line; ``id`` is that of the account in the Mastodon API."""
    return {
        "id": str(face.id),
        "acct": face.handle.removeprefix("@"),
        "name": face.name,
        "url": face.url,
        "picture": look.absolute(face.picture) if face.picture else None,
        "kind": "company" if face.is_company else "person",
        "is_local": face.is_local,
        "trade": face.trade,
        "association": face.association,
    }


def listing(look: Look, view: ListingView) -> Entity:
    """An offer or ask; ``id`` is that of the status in the Mastodon API."""
    return {
        "id": str(view.id),
        "uri": view.uri,
        "url": view.url,
        "purpose": view.purpose,
        "title": view.title,
        "content": view.body,
        "text": view.source or None,
        "category": view.category,
        "terms": view.terms,
        "price": _money(view.price, view.currency),
        "is_negotiable": view.is_negotiable,
        "barter": view.barter or None,
        "unit": view.unit,
        "quantity": _number(view.quantity),
        "minimum": _number(view.minimum),
        "tax_rate": _number(view.tax_rate),
        "price_with_tax": _money(view.price_with_tax, view.currency),
        "variants": [
            {
                "name": variant.name,
                "price": _money(variant.price, view.currency),
                "quantity": _number(variant.quantity),
            }
            for variant in view.variants
        ],
        "industry": view.industry or None,
        "tags": list(view.tags),
        "place": view.place or None,
        "serves_km": view.serves_km,
        "delivery": view.delivery or None,
        "is_two_way": view.is_two_way,
        "is_recruitment_based": view.is_recruitment_based,
        "expires_at": _time(view.expires_at),
        "state": view.state,
        "lens": view.lens,
        "language": view.language,
        "author": person(look, view.author),
        "pictures": [
            {
                "id": str(picture.media_id),
                "url": look.absolute(picture.src) if picture.src else picture.origin,
                "description": picture.alt,
                "width": picture.width,
                "height": picture.height,
            }
            for picture in view.pictures
        ],
        "answers_count": view.answers,
        "born_of_id": str(view.born_of_id) if view.born_of_id is not None else None,
        "visibility": {"quiet": "unlisted", "followers": "private", "circle": "private"}.get(
            view.visibility, view.visibility
        ),
        "answers_id": str(view.answers_id) if view.answers_id is not None else None,
        "created_at": moment(view.at),
        "updated_at": _time(view.updated_at),
    }


def recommendation(look: Look, view: RecommendationView) -> Entity:
    """What somebody says of somebody else; ``url`` is where it was written, ``id`` that of the status there is."""
    return {
        "id": str(view.id),
        "uri": view.uri,
        "url": view.url,
        "writer": person(look, view.writer),
        "subject": person(look, view.subject),
        "content": view.body,
        "basis": view.basis,
        "may_be_public": view.may_be_public,
        "is_shown": view.is_shown,
        "reply": view.reply or None,
        "created_at": moment(view.at),
    }


def saved_search(view: SearchView) -> Entity:
    """A saved search; ``wanted`` has the names of the parameters of /listings."""
    return {
        "id": str(view.id),
        "name": view.name,
        "wanted": dict(view.wanted),
        "found_count": view.hits,
        "last_found_at": _time(view.last_at),
    }


def invitation(look: Look, view: InvitationView) -> Entity:
    """An invitation to connect, as one of the two sees it."""
    return {
        "id": str(view.id),
        "person": person(look, view.other),
        "is_mine": view.is_mine,
        "question": view.question,
        "about": view.about or None,
        "lens": view.lens,
        "answer": view.answer or None,
        "state": view.state,
        "created_at": moment(view.at),
        "answered_at": _time(view.answered_at),
        "heard_at": _time(view.heard_at),
    }


def _money(minor: int | None, currency: str | None) -> Entity | None:
    if minor is None or currency is None:
        return None
    return {"amount": str(Money(minor, currency).major), "currency": currency}


def _number(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _time(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
