"""Prints one paper: a program of its own, run with hard limits, so that the typesetter never lives in the node.

Reads one JSON document from standard input (``sheet``, ``attachment``, ``code``, ``level``, ``at``), writes the PDF to
standard output: PDF/A-3a and PDF/UA-1, with its data attached. The same document gives the same bytes. It imports
nothing of the node.
"""

import json
import re
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MEMORY = 1500 << 20
SECONDS = 20
STANDARDS = ["a-3a", "ua-1"]
_ROUNDS = 10
_LACKING = re.compile(r'the text `?"(.+)"`? could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
_BEYOND = r"[^\x20-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1fff\u2010-\u2026\u202f\u20ac]"
"""What the typesetter's own font cannot write, roughly: it has Latin, Greek and Cyrillic."""
_METADATA = re.compile(rb"<</Length (\d+)/Type/Metadata/Subtype/XML>>\s*stream\r?\n")


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.buffer.write(printed(json.loads(sys.stdin.buffer.read())))
    return 0


def printed(order: dict[str, Any]) -> bytes:
    """The PDF. Where the own font lacks a letter those of the machine help out, and then a question mark."""
    pdf = _compiled(order)
    return with_profile(pdf, order["attachment"]["name"], order["level"]) if order["level"] else pdf


def _compiled(order: dict[str, Any]) -> bytes:
    import typst

    has_system_fonts = False
    for _ in range(_ROUNDS):
        try:
            return _compile(order, has_system_fonts)
        except typst.TypstError as error:
            lacking = _LACKING.search(str(error))
            if lacking is None:
                raise
            if has_system_fonts:
                letters = {chr(int(code, 16)) for code in _ESCAPED.findall(lacking[1])}
                letters |= set(_ESCAPED.sub("", lacking[1]))
                order = order | {"sheet": _replaced(order["sheet"], "[" + re.escape("".join(letters)) + "]")}
            has_system_fonts = True
    return _compile(order | {"sheet": _replaced(order["sheet"], _BEYOND)}, has_system_fonts)


def _compile(order: dict[str, Any], has_system_fonts: bool) -> bytes:
    import typst

    compiler = typst.Compiler(ignore_system_fonts=not has_system_fonts, sys_inputs={"order": json.dumps(order)})
    found = compiler.compile(
        input=(Path(__file__).parent / "paper.typ").read_bytes(),
        format="pdf",
        pdf_standards=STANDARDS,  # type: ignore[arg-type]
        timestamp=datetime.fromisoformat(order["at"]).astimezone(UTC),
    )
    assert isinstance(found, bytes)
    return found


def _replaced(value: Any, letters: str) -> Any:
    if isinstance(value, str):
        return re.sub(letters, "?", value)
    if isinstance(value, list | tuple):
        return [_replaced(each, letters) for each in value]
    return {key: _replaced(each, letters) for key, each in value.items()} if isinstance(value, dict) else value


def with_profile(pdf: bytes, name: str, level: str) -> bytes:
    """The same file, saying in its metadata which profile of Factur-X the attached data follows.

    The typesetter writes metadata of its own; ours is put into it, and every address behind it moved.
    """
    found = _METADATA.search(pdf)
    if found is None:
        raise ValueError("no metadata")
    begin, end = found.end(), found.end() + int(found[1])
    told = pdf[begin:end].decode()
    bag, close = "<pdfaExtension:schemas><rdf:Bag>", "</rdf:RDF>"
    if bag not in told or close not in told:
        raise ValueError("metadata of another kind")
    told = told.replace(bag, bag + _SCHEMA, 1).replace(close, _CLAIM % {"name": name, "level": level} + close, 1)
    fresh = told.encode()
    header = found[0].replace(found[1], str(len(fresh)).encode(), 1)
    moved_by = len(header) - len(found[0]) + len(fresh) - (end - begin)
    body = pdf[: found.start()] + header + fresh + pdf[end:]
    table = int(pdf[pdf.rindex(b"startxref") + 9 :].split()[0])

    def moved(entry: re.Match[bytes]) -> bytes:
        at = int(entry[1])
        return b"%010d%s" % (at + moved_by if at > found.start() else at, entry[2])

    head, tail = body[: table + moved_by], body[table + moved_by :]
    if not tail.startswith(b"xref"):
        raise ValueError("a table of another kind")
    tail = re.sub(rb"(\d{10})( \d{5} n)", moved, tail)
    return head + re.sub(rb"startxref\s+\d+", b"startxref\n%d" % (table + moved_by), tail)


def _property(name: str, description: str) -> str:
    return (
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
    )


_SCHEMA = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    "<pdfaSchema:namespaceURI>urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>fx</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    + _property("DocumentFileName", "The name of the embedded XML document")
    + _property("DocumentType", "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER")
    + _property("Version", "The actual version of the standard applying to the embedded XML document")
    + _property("ConformanceLevel", "The conformance level of the embedded XML document")
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_CLAIM = (
    '<rdf:Description rdf:about="" xmlns:fx="urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#">'
    "<fx:DocumentType>INVOICE</fx:DocumentType><fx:DocumentFileName>%(name)s</fx:DocumentFileName>"
    "<fx:Version>1.0</fx:Version><fx:ConformanceLevel>%(level)s</fx:ConformanceLevel></rdf:Description>"
)


if __name__ == "__main__":
    sys.exit(main())
