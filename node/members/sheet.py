"""Reading a member list as offices have it: any spreadsheet's CSV, in whatever letters, separators and headings."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from node.errors import Invalid
from node.industries import catalogue as industries
from node.mail import addresses
from node.members import fields
from node.text import fold
from node.words import N_, Message

LARGEST = 10 << 20
MOST_ROWS = 20_000
_DELIMITERS = ",;\t|"

TARGETS: dict[str, str] = {
    "number": N_("Member number"),
    "name": N_("Whole name"),
    "first_name": N_("First name"),
    "last_name": N_("Last name"),
    "email": N_("Mail"),
    "phone": N_("Phone"),
    "mobile": N_("Mobile"),
    "company": N_("Company"),
    "title": N_("Role in the company"),
    "trade": N_("Trade"),
    "trade_code": N_("Trade code (NACE)"),
    "about": N_("About the person"),
    "company_about": N_("About the company"),
    "website": N_("Website"),
    "street": N_("Street"),
    "postal_code": N_("Postal code"),
    "place": N_("Town"),
    "country": N_("Country"),
    "joined": N_("Member since"),
    "language": N_("Language"),
    "username": N_("Name in their address"),
}
"""What a column can feed."""

# Headings as ChamberMaster/GrowthZone, Wild Apricot, BNI Connect and plain spreadsheets write them, in English, French
# and German; folded, letters and digits only. The first column that fits a target gets it.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "number": ("memberid", "membernumber", "memberno", "membernr", "number", "no", "id", "userid", "accountnumber",
               "customerid", "numeroadherent", "noadherent", "nadherent", "numerodemembre", "numero",
               "numeromembre", "mitgliedsnummer", "mitgliedsnr", "mitgliednr", "nummer", "nr", "kundennummer"),
    "first_name": ("firstname", "first", "givenname", "forename", "contactfirstname", "primarycontactfirstname",
                   "repfirstname", "prenom", "vorname", "rufname"),
    "last_name": ("lastname", "last", "surname", "familyname", "contactlastname", "primarycontactlastname",
                  "replastname", "nomdefamille", "nachname", "familienname", "zuname"),
    "name": ("name", "fullname", "contactname", "contact", "primarycontact", "primarycontactname", "repname",
             "representative", "member", "person", "displayname", "nom", "nomcomplet", "nometprenom", "nomprenom",
             "prenomnom", "prenometnom", "adherent", "contactprincipal", "vollername", "ansprechpartner",
             "kontaktperson", "kontakt", "mitglied", "vorundnachname", "membername"),
    "email": ("email", "emailaddress", "mail", "mailaddress", "eaddress", "primaryemail", "contactemail",
              "primarycontactemail", "repemail", "courriel", "adresseemail", "adressemail", "adresseelectronique",
              "emailadresse", "mailadresse", "epost"),
    "mobile": ("mobile", "mobilephone", "cell", "cellphone", "mobilenumber", "portable", "telephoneportable",
               "telportable", "mobil", "handy", "handynummer", "mobiltelefon", "mobilnummer"),
    "phone": ("phone", "phonenumber", "telephone", "tel", "workphone", "businessphone", "mainphone", "phone1",
              "primaryphone", "contactphone", "directnumber", "officephone", "telephonefixe", "telfixe",
              "numerodetelephone", "telefon", "telefonnummer", "fon", "rufnummer", "telefongeschaftlich"),
    "company": ("company", "companyname", "organization", "organisation", "organizationname", "business",
                "businessname", "firm", "employer", "societe", "entreprise", "nomdelentreprise", "nomdelasociete",
                "raisonsociale", "etablissement", "firma", "firmenname", "unternehmen", "betrieb"),
    "title": ("title", "jobtitle", "position", "role", "jobrole", "contacttitle", "fonction", "poste", "titre",
              "funktion", "stellung", "rolle"),
    "trade": ("trade", "category", "categories", "primarycategory", "industry", "sector", "profession", "speciality",
              "specialty", "classification", "businessclassification", "businesscategory", "occupation",
              "metier", "activite", "secteur", "secteurdactivite", "branche", "gewerbe", "beruf", "handwerk",
              "tatigkeit", "gewerk"),
    "trade_code": ("nace", "nacecode", "naf", "codenaf", "codeape", "ape", "isic", "sic", "wzcode", "tradecode"),
    "about": ("bio", "about", "biography", "presentation", "uber mich", "ubermich"),
    "company_about": ("description", "companydescription", "businessdescription", "aboutcompany",
                      "descriptiondelentreprise", "beschreibung", "firmenbeschreibung"),
    "website": ("website", "web", "url", "homepage", "websiteurl", "webaddress", "websiteaddress", "siteweb", "site",
                "siteinternet", "internet", "webseite", "internetseite", "internetadresse"),
    "street": ("street", "address", "address1", "addressline1", "streetaddress", "physicaladdress",
               "physicaladdress1", "mailingaddress", "adresse", "rue", "adresse1", "strasse", "anschrift",
               "strassehausnummer", "strassehausnr", "strasseundhausnummer"),
    "postal_code": ("postalcode", "zip", "zipcode", "postcode", "zippostalcode", "codepostal", "cp", "plz",
                    "postleitzahl"),
    "place": ("place", "city", "town", "citytown", "locality", "ville", "commune", "localite", "ort", "stadt",
              "wohnort", "gemeinde"),
    "country": ("country", "pays", "land", "nation"),
    "joined": ("joined", "joindate", "datejoined", "membersince", "since", "startdate", "membershipstartdate",
               "memberstartdate", "creationdate", "datedadhesion", "dateadhesion", "adhesion", "membredepuis",
               "adherentdepuis", "depuis", "eintritt", "eintrittsdatum", "beitritt", "beitrittsdatum",
               "mitgliedseit", "seit"),
    "language": ("language", "preferredlanguage", "langue", "sprache"),
    "username": ("username", "login", "loginname", "nomdutilisateur", "identifiant", "benutzername"),
}  # fmt: skip
_BY_HEADING = {heading: target for target, headings in _HEADINGS.items() for heading in headings}

_LANGUAGES = {"english": "en", "anglais": "en", "englisch": "en", "french": "fr", "francais": "fr",
              "franzosisch": "fr", "german": "de", "allemand": "de", "deutsch": "de"}  # fmt: skip
_COUNTRIES = {"france": "FR", "germany": "DE", "deutschland": "DE", "allemagne": "DE", "united kingdom": "GB",
              "uk": "GB", "great britain": "GB", "united states": "US", "usa": "US", "switzerland": "CH",
              "schweiz": "CH", "suisse": "CH", "austria": "AT", "osterreich": "AT", "autriche": "AT",
              "belgium": "BE", "belgique": "BE", "belgien": "BE", "ireland": "IE", "luxembourg": "LU",
              "luxemburg": "LU", "netherlands": "NL", "niederlande": "NL", "italy": "IT", "italie": "IT",
              "italien": "IT", "spain": "ES", "espagne": "ES", "spanien": "ES"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """The file as a table. Row numbers are those a spreadsheet shows: the headings are row 1."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one cell."""

    row: int
    column: str
    value: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the file has them, checked."""

    number: int
    """Of the row in the file."""
    name: str
    values: Mapping[str, str]
    """By target, trimmed and checked; only what is there."""
    joined_at: datetime | None = None

    def get(self, target: str) -> str:
        return self.values.get(target, "")


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows that can be imported, and what is wrong with the others."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    bad_rows: int


# reading the file


def decode(data: bytes) -> str:
    """The text of a file from any office program. Raises Invalid (field ``file``)."""
    if len(data) > LARGEST:
        raise Invalid({"file": N_("This file is too large. 10 MB is the most.")})
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise Invalid({"file": N_("This is a spreadsheet. Save it as CSV first (File, Save as, CSV).")})
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _text(data, encoding)
    try:
        return data.decode("utf-8").replace("\x00", "")
    except UnicodeDecodeError:
        # Windows' own; the five bytes it does not define mean an older file in Latin-1.
        return _text(data, "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", data) else "cp1252")


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).replace("\x00", "")
    except UnicodeDecodeError as error:
        raise Invalid({"file": N_("The letters in this file cannot be read. Save it as CSV in UTF-8.")}) from error


def read(text: str) -> Sheet:
    """The table in a text. Raises Invalid (field ``file``)."""
    text = text.lstrip("\ufeff")
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r"sep=(.)\s*", first.strip(), re.IGNORECASE)  # Excel's own hint
    if said:
        text = rest
    delimiter = said[1] if said else _delimiter(text)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Invalid({"file": N_("This file is not a table that can be read. Save it as CSV.")}) from error
    found = [
        (number, tuple(" ".join(cell.split()) if "\n" not in cell else cell.strip() for cell in line))
        for number, line in enumerate(lines, 2 if said else 1)
        if any(cell.strip() for cell in line)
    ]
    if len(found) < 2 or len(found[0][1]) < 2:
        raise Invalid({"file": N_("There is no table in this file: a row of headings and a row for each person.")})
    if len(found) > MOST_ROWS + 1:
        raise Invalid({"file": Message(N_("More than %(count)s rows. Cut the file into parts."), {"count": MOST_ROWS})})
    return Sheet(_unique(found[0][1]), tuple(found[1:]))


def _delimiter(text: str) -> str:
    """The separator that makes the most columns of which all rows have the same number."""
    sample = text[:20_000].splitlines()[:30]
    best, most = ",", (0.0, 0)
    for candidate in _DELIMITERS:
        widths = [len(line) for line in csv.reader(sample, delimiter=candidate) if line]
        if not widths or widths[0] < 2:
            continue
        score = (sum(width == widths[0] for width in widths) / len(widths) + (widths[0] > 2), widths[0])
        if score > most:
            best, most = candidate, score
    return best


def _unique(headings: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    names = []
    for position, heading in enumerate(headings, 1):
        name = heading.strip()[:100] or f"#{position}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


# what the columns mean


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Which heading feeds which target, by name; headings that mean nothing to us are left out."""
    columns: dict[str, str] = {}
    for heading in headings:
        target = _BY_HEADING.get(re.sub(r"[^a-z0-9]", "", fold(heading)))
        if target and target not in columns.values():
            columns[heading] = target
    by_target = {target: heading for heading, target in columns.items()}
    if "first_name" in by_target and "name" in by_target and "last_name" not in by_target:
        columns[by_target["name"]] = "last_name"  # "Vorname, Name" and "Prénom, Nom"
    elif {"first_name", "last_name", "name"} <= by_target.keys() and "company" not in by_target:
        columns[by_target["name"]] = "company"  # ChamberMaster calls the firm "Member Name"
    return columns


# checking the rows


@dataclass(slots=True)
class _Seen:
    emails: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


def check(sheet: Sheet, columns: Mapping[str, str]) -> Checked:
    """Every row either ready or with what is wrong in it. ``columns``: heading to target."""
    places = {heading: position for position, heading in enumerate(sheet.headings)}
    chosen = {target: (heading, places[heading]) for heading, target in columns.items() if heading in places}
    is_month_first = _month_first(sheet, chosen)
    rows: list[Row] = []
    problems: list[Problem] = []
    bad = 0
    seen = _Seen()
    for number, cells in sheet.rows:
        row, wrong = _row(number, cells, chosen, seen, is_month_first)
        if wrong or row is None:
            problems += wrong
            bad += 1
        else:
            rows.append(row)
    return Checked(tuple(rows), tuple(problems), bad)


def _row(
    number: int,
    cells: Sequence[str],
    chosen: Mapping[str, tuple[str, int]],
    seen: _Seen,
    is_month_first: bool,
) -> tuple[Row | None, list[Problem]]:
    wrong: list[Problem] = []
    values: dict[str, str] = {}

    def problem(target: str, value: str, reason: Message | str) -> None:
        heading = chosen[target][0] if target in chosen else ""
        message = reason if isinstance(reason, Message) else Message(reason)
        wrong.append(Problem(number, heading, value[:100], message))

    for target, (_, position) in chosen.items():
        value = cells[position].strip() if position < len(cells) else ""
        if not value:
            continue
        try:
            values[target] = _value(target, value)
        except Invalid as error:
            problem(target, value, next(iter(error.fields.values())))
    name = values.get("name") or f"{values.get('first_name', '')} {values.get('last_name', '')}".strip()
    if not name:
        problem("name" if "name" in chosen else "last_name", "", N_("The person's name is missing."))
    joined_at = None
    if "joined" in values:
        joined_at = _date(values["joined"], is_month_first)
        if joined_at is None:
            problem("joined", values["joined"], N_("This is not a date that can be read."))
    for target, known in (("email", seen.emails), ("number", seen.numbers)):
        value = values.get(target, "").casefold()
        if value and value in known:
            problem(target, values[target], Message(N_("The same as in row %(row)s."), {"row": known[value]}))
        elif value:
            known[value] = number
    return (None if wrong else Row(number, name[:200], values, joined_at)), wrong


def _value(target: str, value: str) -> str:
    if target == "email":
        return addresses.read(re.sub(r"^mailto:", "", value, flags=re.IGNORECASE))
    if target in fields.BY_NAME:
        return fields.read(target, value)
    if target == "number":
        return value[:60]
    if target == "language":
        folded = fold(value)
        return _LANGUAGES.get(folded, folded[:2] if re.fullmatch(r"[a-z]{2}([-_][a-z]{2})?", folded) else "")
    if target == "country":
        return _COUNTRIES.get(fold(value), value.upper() if re.fullmatch(r"[A-Za-z]{2}", value) else "")
    if target == "trade_code":
        return industries.read(value)
    return value[:2000]


_DATE = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[T ].*)?")


def _parts(text: str) -> tuple[int, int, int] | None:
    match = _DATE.fullmatch(text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _month_first(sheet: Sheet, chosen: Mapping[str, tuple[str, int]]) -> bool:
    """True when some date in the column can only be read as month/day/year."""
    if "joined" not in chosen:
        return False
    position = chosen["joined"][1]
    found = (_parts(cells[position]) for _, cells in sheet.rows if position < len(cells) and "/" in cells[position])
    return any(parts[0] <= 12 < parts[1] for parts in found if parts)


def _date(text: str, is_month_first: bool) -> datetime | None:
    if re.fullmatch(r"(19|20)\d\d", text.strip()):
        return datetime(int(text), 1, 1, tzinfo=UTC)
    parts = _parts(text)
    if parts is None:
        return None
    one, two, three = parts
    if one > 31:
        year, month, day = one, two, three
    elif is_month_first and "/" in text:
        month, day, year = one, two, three
    else:
        day, month, year = one, two, three
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return datetime(found.year, found.month, found.day, tzinfo=UTC) if 1900 <= year <= 2100 else None
