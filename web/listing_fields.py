"""The further fields of the form for offers and asks: variants, tax, industry, words, area and delivery."""

from decimal import Decimal, InvalidOperation

from node.industries import catalogue as industries
from node.listings import rules
from node.listings.queries import ListingView
from node.money import Money
from node.words import N_
from web import forms

BLANK = 3
"""Empty rows for variants that the form offers beside those there are."""


def read(form: forms.Form, currency: str) -> dict[str, object]:
    """What of a draft was typed there; what cannot be read is said beside its field."""
    return {
        "tax_rate": _per_cent(form, "tax_rate"),
        "industry": _industry(form, "industry"),
        "tags": tuple(form.items("tags", most=rules.TAGS, longest=rules.TAG_LIMIT)),
        "delivery": form.choice("delivery", ["", *rules.DELIVERIES], required=False),
        "serves_km": form.whole("serves_km", least=1, most=rules.EVERYWHERE, required=False),
        "variants": _variants(form, currency),
    }


def values(listing: ListingView | None) -> dict[str, object]:
    """The same as the form shows it before anything is typed."""
    if listing is None:
        return {"tax_rate": "", "industry": "", "tags": "", "delivery": "", "serves_km": ""}
    return {
        "tax_rate": _number(listing.tax_rate),
        "industry": listing.industry,
        "tags": ", ".join(listing.tags),
        "delivery": listing.delivery,
        "serves_km": str(listing.serves_km or ""),
    }


def rows(form: forms.Form, listing: ListingView | None) -> list[tuple[str, str, str]]:
    """Name, price and number of each variant as they stand in the form, and some empty rows."""
    known = [
        (variant.name, _major(variant.price, listing.currency if listing else None), _number(variant.quantity))
        for variant in (listing.variants if listing else ())
    ]
    count = min(max(len(known), _typed(form)) + BLANK, rules.VARIANTS)
    return [
        (
            form.typed(f"variant-{number}-name", known[number][0] if number < len(known) else ""),
            form.typed(f"variant-{number}-price", known[number][1] if number < len(known) else ""),
            form.typed(f"variant-{number}-quantity", known[number][2] if number < len(known) else ""),
        )
        for number in range(count)
    ]


def _typed(form: forms.Form) -> int:
    names = [number for number in range(rules.VARIANTS) if form.data.get(f"variant-{number}-name", "").strip()]
    return names[-1] + 1 if names else 0


def _variants(form: forms.Form, currency: str) -> tuple[rules.Variant, ...]:
    found = []
    for number in range(rules.VARIANTS):
        name = form.text(f"variant-{number}-name", most=rules.VARIANT_LIMIT, required=False)
        price = form.money(f"variant-{number}-price", currency, required=False)
        quantity = form.decimal(f"variant-{number}-quantity")
        if name or price is not None or quantity is not None:
            found.append(rules.Variant(name, price, quantity))
    return tuple(found)


def _industry(form: forms.Form, name: str) -> str:
    typed = form.text(name, most=200, required=False)
    if not typed:
        return ""
    found = industries.find(typed)
    if len(found) != 1:
        form.wrong(name, industries.unclear(found))
        return ""
    return found[0]


def _per_cent(form: forms.Form, name: str) -> Decimal | None:
    """With a comma or a point, with or without the sign."""
    typed = form.text(name, most=10, required=False).removesuffix("%").strip().replace(",", ".")
    if not typed:
        return None
    try:
        rate = Decimal(typed).quantize(Decimal("0.001"))
    except InvalidOperation:
        rate = Decimal(-1)
    if not rate.is_finite() or not 0 <= rate < 100:
        form.wrong(name, N_("Give the tax in per cent, such as 19 or 5.5."))
        return None
    return rate


def _major(minor: int | None, currency: str | None) -> str:
    return str(Money(minor, currency).major).removesuffix(".00") if minor is not None and currency else ""


def _number(value: Decimal | None) -> str:
    return format(value.normalize(), "f") if value is not None else ""
