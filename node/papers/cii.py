"""An invoice as structured data: UN/CEFACT Cross Industry Invoice, as EN 16931 and Factur-X (ZUGFeRD 2) want it. Pure.

The comments name the business terms of EN 16931 (BT-…). What is not known is left out, and the profile lowered:

- ``en16931``: complete.
- ``minimum``: who, when and how much, without lines and addresses; no invoice by itself where the law wants one.
- ``data``: the same as a complete one as far as known, without any claim.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from node.money import Money, digits
from node.words import N_

if TYPE_CHECKING:
    from xml.etree import ElementTree

PROFILES = {
    "en16931": "urn:cen.eu:en16931:2017",
    "minimum": "urn:factur-x.eu:1p0:minimum",
    "data": "https://w3id.org/commensal#invoice",
}
FILE_NAMES = {"en16931": "factur-x.xml", "minimum": "factur-x.xml", "data": "invoice.xml"}
LEVELS = {"en16931": "EN 16931", "minimum": "MINIMUM"}
"""What the metadata of the PDF calls them."""

_TYPES = {"deposit": "386", "invoice": "380", "credit": "381"}  # UNTDID 1001, BT-3
_UNITS = {
    "HUR": "hour hours h hr heure heures stunde stunden std", "DAY": "day days d jour jours tag tage",
    "WEE": "week weeks semaine semaines woche wochen", "MON": "month months mois monat monate",
    "KGM": "kg kilo kilos kilogram kilograms kilogramm", "GRM": "g gram grams gramm",
    "TNE": "t tonne tonnes",
    "LTR": "l litre litres liter liters",
    "MTR": "m metre metres meter meters mètre mètres", "KMT": "km",
    "MTK": "m2 m² sqm", "MTQ": "m3 m³",
}  # fmt: skip
"""UN/ECE Recommendation 20 (BT-130) by what members write; anything else counts as one."""
_CODES = {word: code for code, words in _UNITS.items() for word in words.split()}

_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}

Facts = Mapping[str, Any]
Node = Any
"""Name, attributes and what is inside; None for nothing."""


def profile(facts: Facts) -> str:
    """How much of the standard it fulfils: en16931, minimum or data; empty for a receipt, which is no invoice."""
    if facts["kind"] not in _TYPES:
        return ""
    if not missing(facts):
        return "en16931"
    return "minimum" if facts["seller"]["country"] and digits(facts["currency"]) <= 2 else "data"


def missing(facts: Facts) -> tuple[str, ...]:
    """What an electronic invoice would have to say besides, as texts to translate."""
    if facts["kind"] not in _TYPES:
        return ()
    seller, buyer, found = facts["seller"], facts["buyer"], []
    if not (seller["country"] and seller["city"]):
        found.append(N_("the address of the seller"))
    if not (buyer["country"] and buyer["city"]):
        found.append(N_("the address of the buyer"))
    is_registered = bool(seller["vatId"] or seller["taxNumber"])
    rates = {tax["rate"] for tax in facts["taxes"]}
    if rates != {"0"} and not is_registered:
        found.append(N_("the VAT number or tax number of the seller"))
    elif "0" in rates and not is_registered and (buyer["vatId"] or rates != {"0"}):
        found.append(N_("why no tax is charged, and the seller’s tax number"))
    elif "0" in rates and len(rates) > 1 and not (seller["exemption"] or is_registered):
        found.append(N_("why no tax is charged"))
    if digits(facts["currency"]) > 2:
        found.append(N_("amounts with two decimals: the standard knows no currency with three"))
    return tuple(found)


def write(facts: Facts) -> bytes:
    """The XML. Only for deposit, invoice and credit note."""
    from xml.etree import ElementTree

    level = profile(facts)
    tree = _element(_invoice(facts, level))
    ElementTree.indent(tree, " ")
    for prefix, uri in _NAMESPACES.items():
        if prefix != "rsm":
            tree.set(f"xmlns:{prefix}", uri)
    tree.set("xmlns:rsm", _NAMESPACES["rsm"])
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(tree, "unicode")}\n'.encode()


# the document, from the outside in; the order of elements is the schema's


def _invoice(facts: Facts, level: str) -> Node:
    is_full = level != "minimum"
    return _n(
        "rsm:CrossIndustryInvoice",
        _n(
            "rsm:ExchangedDocumentContext",
            _n("ram:GuidelineSpecifiedDocumentContextParameter", _n("ram:ID", PROFILES[level])),  # BT-24
        ),
        _n(
            "rsm:ExchangedDocument",
            _n("ram:ID", facts["number"]),  # BT-1
            _n("ram:TypeCode", _TYPES[facts["kind"]]),  # BT-3
            _n("ram:IssueDateTime", _day(facts["issuedOn"])),  # BT-2
        ),
        _n(
            "rsm:SupplyChainTradeTransaction",
            *([_line(facts, number, line) for number, line in enumerate(facts["lines"], 1)] if is_full else []),
            _agreement(facts, is_full),
            _n("ram:ApplicableHeaderTradeDelivery", _delivery(facts) if is_full else None, keep=True),
            _settlement(facts, is_full),
        ),
    )


def _line(facts: Facts, number: int, line: Facts) -> Node:
    currency = facts["currency"]
    return _n(
        "ram:IncludedSupplyChainTradeLineItem",
        _n("ram:AssociatedDocumentLineDocument", _n("ram:LineID", str(number))),  # BT-126
        _n("ram:SpecifiedTradeProduct", _n("ram:Name", line["name"])),  # BT-153
        _n(
            "ram:SpecifiedLineTradeAgreement",
            _n("ram:NetPriceProductTradePrice", _n("ram:ChargeAmount", _amount(line["unitPrice"], currency))),  # BT-146
        ),
        _n(
            "ram:SpecifiedLineTradeDelivery",
            _n(
                "ram:BilledQuantity", line["quantity"], unitCode=_CODES.get(line["unit"].casefold().rstrip("."), "C62")
            ),  # BT-129, BT-130
        ),
        _n(
            "ram:SpecifiedLineTradeSettlement",
            _n(
                "ram:ApplicableTradeTax",
                _n("ram:TypeCode", "VAT"),
                _n("ram:CategoryCode", _category(facts, line["taxRate"])),  # BT-151
                _rate(facts, line["taxRate"]),  # BT-152
            ),
            _n(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                _n("ram:LineTotalAmount", _amount(line["net"], currency)),  # BT-131
            ),
        ),
    )


def _agreement(facts: Facts, is_full: bool) -> Node:
    return _n(
        "ram:ApplicableHeaderTradeAgreement",
        _party("ram:SellerTradeParty", facts["seller"], is_seller=True, is_full=is_full),
        _party("ram:BuyerTradeParty", facts["buyer"], is_seller=False, is_full=is_full),
        _n("ram:ContractReferencedDocument", _n("ram:IssuerAssignedID", facts["agreement"]))
        if is_full
        else None,  # BT-12
    )


def _party(name: str, party: Facts, *, is_seller: bool, is_full: bool) -> Node:
    """BG-4 and BG-7."""
    address = None
    if is_full and party["country"]:
        address = _n(
            "ram:PostalTradeAddress",
            _n("ram:PostcodeCode", party["postalCode"]),
            _n("ram:LineOne", party["street"]),
            _n("ram:LineTwo", party["streetMore"]),
            _n("ram:CityName", party["city"]),
            _n("ram:CountryID", party["country"]),
        )
    elif is_seller and party["country"]:
        address = _n("ram:PostalTradeAddress", _n("ram:CountryID", party["country"]))
    tells_tax = is_full or is_seller
    return _n(
        name,
        _n("ram:ID", party["actor"]) if is_full else None,  # BT-29, BT-46
        _n("ram:Name", party["name"]),
        _n("ram:SpecifiedLegalOrganization", _n("ram:ID", party["registration"])),  # BT-30, BT-47
        _n("ram:DefinedTradeContact", _n("ram:PersonName", party["contact"])) if is_full else None,
        address,
        _n("ram:SpecifiedTaxRegistration", _n("ram:ID", party["taxNumber"], schemeID="FC"))
        if is_seller and party["taxNumber"]
        else None,  # BT-32
        _n("ram:SpecifiedTaxRegistration", _n("ram:ID", party["vatId"], schemeID="VA")) if tells_tax else None,  # BT-31
    )


def _delivery(facts: Facts) -> Node:
    if not facts["deliveredOn"]:
        return None
    when = _n("ram:OccurrenceDateTime", _day(facts["deliveredOn"]))  # BT-72
    return _n("ram:ActualDeliverySupplyChainEvent", when)


def _settlement(facts: Facts, is_full: bool) -> Node:
    currency = facts["currency"]
    if not is_full:
        return _n(
            "ram:ApplicableHeaderTradeSettlement",
            _n("ram:InvoiceCurrencyCode", currency),
            _n(
                "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
                _n("ram:TaxBasisTotalAmount", _amount(facts["net"], currency)),
                _n("ram:TaxTotalAmount", _amount(facts["tax"], currency), currencyID=currency),
                _n("ram:GrandTotalAmount", _amount(facts["total"], currency)),
                _n("ram:DuePayableAmount", _amount(_payable(facts), currency)),
            ),
        )
    due = _n("ram:DueDateDateTime", _day(facts["dueOn"])) if facts["dueOn"] else None  # BT-9
    return _n(
        "ram:ApplicableHeaderTradeSettlement",
        _n("ram:PaymentReference", facts["number"]),  # BT-83
        _n("ram:InvoiceCurrencyCode", currency),  # BT-5
        _means(facts),
        *(_tax(facts, tax) for tax in facts["taxes"]),
        _n("ram:SpecifiedTradePaymentTerms", due),
        _n(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _n("ram:LineTotalAmount", _amount(facts["net"], currency)),  # BT-106
            _n("ram:TaxBasisTotalAmount", _amount(facts["net"], currency)),  # BT-109
            _n("ram:TaxTotalAmount", _amount(facts["tax"], currency), currencyID=currency),  # BT-110
            _n("ram:GrandTotalAmount", _amount(facts["total"], currency)),  # BT-112
            _n("ram:TotalPrepaidAmount", _amount(facts["prepaid"], currency)),  # BT-113
            _n("ram:DuePayableAmount", _amount(_payable(facts), currency)),  # BT-115
        ),
        *(_preceding(paper) for paper in facts["follows"] if paper["kind"] in ("deposit", "invoice")),
    )


def _means(facts: Facts) -> Node:
    """BG-16: a transfer within SEPA, or any other; nothing where no account is told."""
    payment = facts["payment"]
    if facts["kind"] == "credit" or not payment["iban"]:
        return None
    return _n(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        _n("ram:TypeCode", "58" if facts["currency"] == "EUR" else "30"),  # BT-81
        _n(
            "ram:PayeePartyCreditorFinancialAccount",
            _n("ram:IBANID", payment["iban"]),  # BT-84
            _n("ram:AccountName", payment["holder"]),  # BT-85
        ),
        _n("ram:PayeeSpecifiedCreditorFinancialInstitution", _n("ram:BICID", payment["bic"])),  # BT-86
    )


def _tax(facts: Facts, tax: Facts) -> Node:
    category = _category(facts, tax["rate"])
    reason = facts["seller"]["exemption"] or ("Not subject to VAT" if category == "O" else "")
    return _n(
        "ram:ApplicableTradeTax",
        _n("ram:CalculatedAmount", _amount(tax["amount"], facts["currency"])),  # BT-117
        _n("ram:TypeCode", "VAT"),
        _n("ram:ExemptionReason", reason if category in ("E", "O") else None),  # BT-120
        _n("ram:BasisAmount", _amount(tax["base"], facts["currency"])),  # BT-116
        _n("ram:CategoryCode", category),  # BT-118
        _rate(facts, tax["rate"]),  # BT-119
    )


def _category(facts: Facts, rate: str) -> str:
    """UNTDID 5305: S standard, E exempt with a reason, Z zero rated, O outside of the tax."""
    if rate != "0":
        return "S"
    seller = facts["seller"]
    if not (seller["vatId"] or seller["taxNumber"]):
        return "O"
    return "E" if seller["exemption"] else "Z"


def _rate(facts: Facts, rate: str) -> Node:
    """What is outside of the tax has no rate (BR-O-05)."""
    return None if _category(facts, rate) == "O" else _n("ram:RateApplicablePercent", rate)


def _preceding(paper: Facts) -> Node:
    """BG-3."""
    return _n(
        "ram:InvoiceReferencedDocument",
        _n("ram:IssuerAssignedID", paper["number"]),  # BT-25
        _n("ram:FormattedIssueDateTime", _day(paper["issuedOn"], "qdt")),  # BT-26
    )


def _payable(facts: Facts) -> int:
    """A credit note says what is given back; it asks for nothing, but the standard counts it the same way."""
    return int(facts["total"] - facts["prepaid"])


# how it is put


def _n(name: str, *inside: Node, keep: bool = False, **attributes: str) -> Node:
    """An element; None where it would be empty."""
    children = [each for each in inside if each]
    return (name, attributes, children) if children or keep else None


def _element(node: Node) -> "ElementTree.Element":
    from xml.etree import ElementTree

    name, attributes, inside = node
    found = ElementTree.Element(name, attributes)
    for each in inside:
        if isinstance(each, str):
            found.text = each
        else:
            found.append(_element(each))
    return found


def _day(day: str, prefix: str = "udt") -> Node:
    return (f"{prefix}:DateTimeString", {"format": "102"}, [day.replace("-", "")])


def _amount(minor: int, currency: str) -> str:
    return format(Money(minor, currency).major, "f")
