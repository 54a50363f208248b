"""Somebody's papers of a year as a table for their bookkeeping. Pure."""

import csv
import io
from collections.abc import Iterable

from node import spreadsheets
from node.money import Money
from node.papers.queries import Entry

COLUMNS = (
    "date", "number", "kind", "direction", "deal", "seller", "seller_vat_number", "buyer", "buyer_vat_number",
    "currency", "net", "tax", "total", "prepaid", "payable", "due", "tax_by_rate", "follows",
)  # fmt: skip


def table(entries: Iterable[Entry]) -> str:
    """Comma-separated values; amounts with a point, credit notes below zero, taxes as ``20=140.00;5.5=1.10``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        facts = entry.facts
        sign = -1 if entry.kind == "credit" else 1

        def amount(minor: int, sign: int = sign, currency: str = entry.currency) -> str:
            return format(Money(sign * minor, currency).major, "f")

        said = (
            facts["issuedOn"],
            facts["number"],
            entry.kind,
            "issued" if entry.is_ours else "received",
            facts["title"],
            facts["seller"]["name"],
            facts["seller"]["vatId"],
            facts["buyer"]["name"],
            facts["buyer"]["vatId"],
            entry.currency,
        )
        sums = [amount(facts[key]) for key in ("net", "tax", "total", "prepaid", "payable")]
        taxes = ";".join(f"{tax['rate']}={amount(tax['amount'])}" for tax in facts["taxes"])
        before = ";".join(paper["number"] for paper in facts["follows"])
        writer.writerow(
            [spreadsheets.cell(value) for value in said]
            + sums
            + [facts["dueOn"] or "", taxes, spreadsheets.cell(before)]
        )
    return out.getvalue()
