"""The code that a bank's app reads to fill in a transfer: EPC069-12 ("GiroCode"), within SEPA and in euros only."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from node.money import Money

_LARGEST = 99_999_999_999  # cents
_BYTES = 331
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z0-9]{8}([A-Z0-9]{3})?")


def is_possible(facts: Mapping[str, Any]) -> bool:
    """True when there is something to transfer in euros, and an account to transfer it to."""
    payment = facts["payment"]
    said = _name(facts) + payment["iban"] + payment["bic"] + facts["number"]
    return bool(
        facts["currency"] == "EUR"
        and 0 < facts["payable"] <= _LARGEST
        and _IBAN.fullmatch(payment["iban"])
        and _name(facts)
        and len(said.encode()) + 40 <= _BYTES  # 40: the other lines
    )


def svg(facts: Mapping[str, Any]) -> bytes:
    """The code as a picture, black on white with the quiet border it needs; for papers where it is possible."""
    from segno.helpers import make_epc_qr

    payment = facts["payment"]
    code = make_epc_qr(
        name=_name(facts),
        iban=payment["iban"],
        amount=Money(facts["payable"], "EUR").major,
        text=facts["number"],
        bic=payment["bic"] if _BIC.fullmatch(payment["bic"]) else None,
        encoding="utf-8",
    )
    out = BytesIO()
    code.save(out, kind="svg", border=4, light="#fff", scale=4, svgclass=None, lineclass=None)
    return out.getvalue()


def _name(facts: Mapping[str, Any]) -> str:
    return str(facts["payment"]["holder"] or facts["seller"]["name"])[:70]
