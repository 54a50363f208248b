"""Lists of hosts as associations exchange them: CSV as Mastodon writes and reads it. Pure."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST = 20_000
"""Rows read of one file."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:\d{1,5})?")
_HEADER = ("#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate")


@dataclass(frozen=True, slots=True)
class Entry:
    """A host and what is to become of it."""

    host: str
    severity: str = "suspend"  # suspend silence
    reason: str = ""


@dataclass(frozen=True, slots=True)
class List:
    """What a file held; ``unread`` counts rows that name no host."""

    entries: tuple[Entry, ...]
    unread: int


def host(text: str) -> str | None:
    """A host as we keep it, from what a person types or a file says; None when it is none."""
    found = text.strip().strip('"').lower().removeprefix("https://").removeprefix("http://")
    found = found.removeprefix("*.").strip("/@. ")
    try:
        found = found if found.isascii() else found.encode("idna").decode()
    except UnicodeError:
        return None
    return found if "." in found and _HOST.fullmatch(found) else None


def read(text: str) -> List:
    """A list with or without a header, with one column or several; what is only watched (noop) is left out."""
    entries: dict[str, Entry] = {}
    unread = 0
    columns: dict[str, int] = {"domain": 0, "severity": 1}
    rows = csv.reader(io.StringIO(text.lstrip("\ufeff").replace("\x00", ""), newline=""), strict=False)
    try:
        for number, row in enumerate(rows):
            if number >= MOST:
                break
            cells = [cell.strip() for cell in row]
            names = [cell.lstrip("#").strip().lower() for cell in cells]
            if number == 0 and names and names[0] in ("domain", "host", "instance"):
                columns = {"domain": 0} | {name: place for place, name in enumerate(names)}
                continue
            if not any(cells) or cells[0].startswith("#"):
                continue
            found = host(cells[0])
            severity = _cell(cells, columns, "severity").lower() or "suspend"
            if found is None or "*" in found:
                unread += 1
            elif severity in ("suspend", "silence", "limit"):
                is_limit = severity != "suspend"
                reason = " ".join(_cell(cells, columns, "public_comment").split())[:300]
                entries[found] = Entry(found, "silence" if is_limit else "suspend", reason)
    except csv.Error:
        unread += 1
    return List(tuple(entries.values()), unread)


def _cell(cells: list[str], columns: dict[str, int], name: str) -> str:
    place = columns.get(name)
    return cells[place] if place is not None and place < len(cells) else ""


def write(entries: Iterable[Entry]) -> str:
    """The same, as Mastodon reads it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for entry in entries:
        # A cell that a spreadsheet would take for a formula is kept as text.
        reason = f"'{entry.reason}" if entry.reason[:1] in ("=", "+", "-", "@") else entry.reason
        is_closed = str(entry.severity == "suspend").lower()
        writer.writerow((entry.host, entry.severity, is_closed, is_closed, reason, "false"))
    return out.getvalue()


def write_hosts(hosts: Iterable[str]) -> str:
    """One host a line under a header, as lists of those one agrees with are exchanged."""
    return "#domain\n" + "".join(f"{each}\n" for each in hosts)
