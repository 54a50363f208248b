"""What a paper says in the words of one language: the same for the PDF, a page and a message. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from node.deals.terms import plain
from node.money import written
from node.papers import cii, epc
from node.papers.facts import TITLES
from node.text import fold
from node.translations import catalogue, locale_of
from node.words import N_

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Total:
    """A line below the table; ``weight`` is "" plain, "sum" or "due"."""

    label: str
    amount: str
    weight: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper, ready to be laid out: every word, number and day as its reader writes it."""

    language: str
    colon: str
    """With the space before it that French wants."""
    title: str
    subject: str
    seller_label: str
    seller: tuple[str, ...]
    buyer_label: str
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    table_label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals_label: str
    totals: tuple[Total, ...]
    notes: tuple[str, ...]
    pay_label: str
    pay: tuple[tuple[str, str], ...]
    pay_link: str
    pay_link_label: str
    code_label: str
    """What the code for a bank's app does; empty where there is none."""
    legal: tuple[str, ...]
    """The small print about the seller."""
    about_data: str
    """Which structured data the PDF carries, and what is missing in it."""


def sheet(facts: Facts, language: str) -> Sheet:
    """The paper in a language that we have, else in English."""
    say = catalogue(language).gettext
    seller, buyer = facts["seller"], facts["buyer"]
    pay = _pay(facts, language) if facts["payable"] else ()
    link = facts["payment"]["link"] if facts["payable"] else ""
    return Sheet(
        language=language,
        colon="\u00a0:" if language.startswith("fr") else ":",
        title=say(TITLES[facts["kind"]]) % {"number": facts["number"]},
        subject=facts["title"],
        seller_label=say(N_("Seller")),
        seller=party_lines(seller, language),
        buyer_label=say(N_("Buyer")),
        buyer=party_lines(buyer, language),
        facts=_facts(facts, language),
        table_label=say(N_("What it is about")),
        columns=tuple(say(text) for text in (N_("Description"), N_("Quantity"), N_("Price"), N_("Tax"), N_("Amount"))),
        rows=tuple(_row(facts, line, language) for line in facts["lines"]),
        totals_label=say(N_("Sums")),
        totals=_totals(facts, language),
        notes=_notes(facts, language),
        pay_label=say(N_("How to pay")),
        pay=pay,
        pay_link=link,
        pay_link_label=say(N_("Pay on this page")) if link else "",
        code_label=say(N_("Code for the app of your bank: it fills in the transfer")) if epc.is_possible(facts) else "",
        legal=_legal(seller, language),
        about_data=_about_data(facts, language),
    )


def money(minor: int, currency: str, language: str) -> str:
    """An amount with its currency: €840.00, 840,00 €, ¥999, KWD 3.887."""
    return written(minor, currency, locale_of(language))


def day(text: str, language: str) -> str:
    """4 May 2026"""
    from babel.dates import format_date

    return format_date(date.fromisoformat(text), "long", locale=locale_of(language))


def percent(rate: str, language: str) -> str:
    """20%, 5,5 %"""
    from babel.numbers import format_percent

    return format_percent(Decimal(rate) / 100, locale=locale_of(language), decimal_quantization=False)


def number(text: str, language: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(plain(Decimal(text)), locale=locale_of(language), decimal_quantization=False)


def country(code: str, language: str) -> str:
    """France; the code itself for one that nobody knows."""
    return str(locale_of(language).territories.get(code, code))


def countries(language: str) -> list[tuple[str, str]]:
    """Every country with its two letters, by name."""
    known = locale_of(language).territories
    found = [(code, str(name)) for code, name in known.items() if len(code) == 2 and code.isalpha() and code not in _NO]
    return sorted(found, key=lambda pair: fold(pair[1]))


_NO = frozenset({"EU", "EZ", "UN", "XA", "XB", "XK", "QO", "ZZ"})
"""Codes that are no country of ISO 3166."""


# the parts


def party_lines(party: Facts, language: str) -> tuple[str, ...]:
    """Name and address, line by line."""
    say = catalogue(language).gettext
    lines = [party["name"], party["contact"], party["street"], party["streetMore"]]
    lines.append(f"{party['postalCode']} {party['city']}".strip())
    lines.append(country(party["country"], language) if party["country"] else "")
    if party["vatId"]:
        lines.append(say(N_("VAT number: %(number)s")) % {"number": party["vatId"]})
    return tuple(line for line in lines if line)


def _legal(party: Facts, language: str) -> tuple[str, ...]:
    say = catalogue(language).gettext
    lines = [party["registration"]]
    if party["taxNumber"]:
        lines.append(say(N_("Tax number: %(number)s")) % {"number": party["taxNumber"]})
    return tuple(line for line in lines if line)


def _facts(facts: Facts, language: str) -> tuple[tuple[str, str], ...]:
    say = catalogue(language).gettext
    found = [(say(N_("Date")), day(facts["issuedOn"], language))]
    if facts["dueOn"]:
        found.append((say(N_("To be paid by")), day(facts["dueOn"], language)))
    if facts["deliveredOn"]:
        found.append((say(N_("Delivered on")), day(facts["deliveredOn"], language)))
    if facts["agreedOn"]:
        found.append((say(N_("Agreed on")), day(facts["agreedOn"], language)))
    return tuple(found)


def _row(facts: Facts, line: Facts, language: str) -> tuple[str, ...]:
    unit = "" if line["unit"] == "one" else f" {line['unit']}"
    return (
        line["name"],
        number(line["quantity"], language) + unit,
        money(line["unitPrice"], facts["currency"], language),
        percent(line["taxRate"], language),
        money(line["net"], facts["currency"], language),
    )


def _totals(facts: Facts, language: str) -> tuple[Total, ...]:
    say, currency = catalogue(language).gettext, facts["currency"]

    def amount(minor: int) -> str:
        return money(minor, currency, language)

    found = [Total(say(N_("Without tax")), amount(facts["net"]))]
    for tax in facts["taxes"]:
        values = {"rate": percent(tax["rate"], language), "base": amount(tax["base"])}
        found.append(Total(say(N_("Tax %(rate)s on %(base)s")) % values, amount(tax["amount"])))
    whole = {"credit": N_("Credited"), "deposit": N_("Deposit")}.get(facts["kind"], N_("Total"))
    found.append(Total(say(whole), amount(facts["total"]), "sum"))
    if facts["prepaid"]:
        found.append(Total(say(N_("Already paid")), amount(-facts["prepaid"])))
    if facts["kind"] in ("deposit", "invoice"):
        found.append(Total(say(N_("To pay")), amount(facts["payable"]), "due"))
    elif facts["kind"] == "receipt" and facts["total"]:
        found.append(Total(say(N_("Received")), amount(facts["total"]), "due"))
    return tuple(found)


def _notes(facts: Facts, language: str) -> tuple[str, ...]:
    say, found = catalogue(language).gettext, []
    for paper in facts["follows"]:
        values = {
            "paper": say(TITLES[paper["kind"]]) % {"number": paper["number"]},
            "day": day(paper["issuedOn"], language),
            "total": money(paper["total"], facts["currency"], language),
            "tax": money(paper["tax"], facts["currency"], language),
        }
        found.append(say(N_("%(paper)s of %(day)s: %(total)s, of which tax %(tax)s.")) % values)
    deposit = sum(paper["total"] for paper in facts["follows"] if paper["kind"] == "deposit")
    if facts["kind"] == "invoice" and facts["prepaid"] < deposit:
        found.append(
            say(N_("The deposit has not been paid in full. What was left of it is part of the sum to pay here."))
        )
    if facts["kind"] == "deposit":
        values = {"total": money(facts["deal"]["total"], facts["currency"], language)}
        found.append(
            say(N_("This is a part of %(total)s in all, and will be taken off the final invoice once it is paid."))
            % values
        )
    if facts["kind"] == "receipt":
        found.append(say(N_("Paid and delivered. Thank you.")) if facts["total"] else say(N_("Delivered. Thank you.")))
    if facts["inReturn"]:
        found.append(say(N_("Given in return: %(what)s")) % {"what": facts["inReturn"]})
    if facts["seller"]["exemption"] and any(tax["rate"] == "0" for tax in facts["taxes"]):
        found.append(facts["seller"]["exemption"])
    return tuple(found)


def _pay(facts: Facts, language: str) -> tuple[tuple[str, str], ...]:
    say, payment = catalogue(language).gettext, facts["payment"]
    if not payment["iban"]:
        return ()
    found = [
        (say(N_("Account holder")), payment["holder"] or facts["seller"]["name"]),
        ("IBAN", spaced(payment["iban"])),
        ("BIC", payment["bic"]),
        (say(N_("Reference")), facts["number"]),
    ]
    return tuple((label, text) for label, text in found if text)


def spaced(iban: str) -> str:
    """In groups of four, as it stands on a bank card."""
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _about_data(facts: Facts, language: str) -> str:
    say, level = catalogue(language).gettext, cii.profile(facts)
    if level == "en16931":
        return say(N_("The PDF is an electronic invoice as well: it carries its data as Factur-X (EN 16931)."))
    if not level:
        return say(N_("The PDF carries its data for other programs as well."))
    values = {"missing": ", ".join(say(text) for text in cii.missing(facts))}
    if level == "minimum":
        text = N_(
            "The PDF carries its sums as Factur-X (MINIMUM). "
            "To be a full electronic invoice (EN 16931) it lacks: %(missing)s."
        )
    else:
        text = N_("The PDF carries its data as XML. To be an electronic invoice (EN 16931) it lacks: %(missing)s.")
    return say(text) % values
