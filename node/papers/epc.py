"""The code that a bank's app reads to fill in a transfer: EPC069-12 ("GiroCode"), within SEPA and in euros only."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from node.money import Money

_SMALLEST, _LARGEST = 1, 99_999_999_999  # cents


def is_possible(facts: Mapping[str, Any]) -> bool:
    """True when there is something to transfer in euros, and an account to transfer it to."""
    payment = facts["payment"]
    return bool(
        facts["currency"] == "EUR"
        and _SMALLEST <= facts["payable"] <= _LARGEST
        and payment["iban"]
        and (payment["holder"] or facts["seller"]["name"])
    )


def svg(facts: Mapping[str, Any]) -> bytes:
    """The code as a picture, black on white with the quiet border it needs. Raises ValueError."""
    from segno.helpers import make_epc_qr

    payment = facts["payment"]
    code = make_epc_qr(
        name=(payment["holder"] or facts["seller"]["name"])[:70],
        iban=payment["iban"],
        amount=Money(facts["payable"], "EUR").major,
        text=facts["number"],
        bic=payment["bic"] or None,
        encoding="utf-8",
    )
    out = BytesIO()
    code.save(out, kind="svg", border=4, light="#fff", scale=4, svgclass=None, lineclass=None)
    return out.getvalue()
