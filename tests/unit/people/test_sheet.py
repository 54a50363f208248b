"""Member lists as offices have them."""

import pytest

from node.errors import Invalid
from node.members import sheet

GERMAN = "Mitgliedsnr.;Vorname;Name;Firma;E-Mail;Telefon;Ort;PLZ;Straße;Branche;Eintrittsdatum\n"
GERMAN += "17;Käthe;Groß;Bäckerei Groß;kaethe@mail.test;030 1234567;Köln;50667;Am Markt 1;Bäckerei;01.03.2019\n"


@pytest.mark.parametrize(
    ("heading", "delimiter", "expected"),
    [
        # ChamberMaster / GrowthZone
        ("Member ID,Member Name,First Name,Last Name,Email,Phone,Address1,City,State,Zip,Website,Joined,Category", ",",
         ["number", "company", "first_name", "last_name", "email", "phone", "street", "place", None, "postal_code",
          "website", "joined", "trade"]),
        # Wild Apricot
        ("User ID,First name,Last name,Organization,Email,Phone,Membership level,Member since,Job title", ",",
         ["number", "first_name", "last_name", "company", "email", "phone", None, "joined", "title"]),
        # BNI
        ("First Name,Last Name,Company Name,Profession,City,Phone Number,E-mail,Renewal Date", ",",
         ["first_name", "last_name", "company", "trade", "place", "phone", "email", None]),
        ("Nom;Prénom;Société;Courriel;Téléphone;Portable;Ville;Code postal;Métier;N° adhérent;Date d'adhésion", ";",
         ["last_name", "first_name", "company", "email", "phone", "mobile", "place", "postal_code", "trade", "number",
          "joined"]),
        ("Mitgliedsnr.\tVorname\tNachname\tFirma\tE-Mail-Adresse\tHandy\tPLZ\tOrt\tGewerbe\tMitglied seit", "\t",
         ["number", "first_name", "last_name", "company", "email", "mobile", "postal_code", "place", "trade",
          "joined"]),
        ("Name,Email,Company,Trade", ",", ["name", "email", "company", "trade"]),
    ],
)  # fmt: skip
def test_columns_are_guessed(heading: str, delimiter: str, expected: list[str | None]) -> None:
    cells = delimiter.join("x" for _ in expected)
    found = sheet.read(f"{heading}\n{cells}\n")
    columns = sheet.guess(found.headings)
    assert [columns.get(name) for name in found.headings] == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_letters_and_separators_are_found(encoding: str, delimiter: str) -> None:
    text = sheet.decode(GERMAN.replace(";", delimiter).replace("\n", "\r\n").encode(encoding))
    found = sheet.read(text)
    checked = sheet.check(found, sheet.guess(found.headings))
    assert checked.problems == ()
    [row] = checked.rows
    assert (row.number, row.name, row.get("company"), row.get("place")) == (2, "Käthe Groß", "Bäckerei Groß", "Köln")
    assert row.joined_at is not None
    assert row.joined_at.date().isoformat() == "2019-03-01"


def test_bad_rows_are_named() -> None:
    text = (
        "Name,Email,Number,Website,Since\n"
        "Alice,alice@mail.test,1,alpha.example,2019-02-03\n"
        ",nobody@mail.test,2,,\n"
        "\n"
        "Bob,bob(at)mail.test,3,,\n"
        "Carol,ALICE@mail.test,4,,\n"
        "Dan,dan@mail.test,1,,31.02.2020\n"
        "Eve,,,,\n"
        "Frank,frank@mail.test,9,javascript:alert(1),\n"
    )
    found = sheet.read(text)
    checked = sheet.check(found, sheet.guess(found.headings))
    assert [row.name for row in checked.rows] == ["Alice", "Eve"]
    assert checked.bad_rows == 5
    assert [(problem.row, problem.column) for problem in checked.problems] == [
        (3, "Name"), (5, "Email"), (6, "Email"), (7, "Since"), (7, "Number"), (9, "Website"),
    ]  # fmt: skip
    assert "2" in str(checked.problems[2].reason)


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["03/04/2020", "25/12/2019"], ["2020-04-03", "2019-12-25"]),
        (["03/04/2020", "12/25/2019"], ["2020-03-04", "2019-12-25"]),
        (["2018", "5.6.99"], ["2018-01-01", "1999-06-05"]),
        (["2020-01-31T00:00:00", "2020/01/02"], ["2020-01-31", "2020-01-02"]),
    ],
)
def test_dates(dates: list[str], expected: list[str]) -> None:
    found = sheet.read("Name,Joined\n" + "".join(f"P{number},{text}\n" for number, text in enumerate(dates)))
    checked = sheet.check(found, sheet.guess(found.headings))
    assert [row.joined_at.date().isoformat() for row in checked.rows if row.joined_at] == expected


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04rest", b"just one line, of headings\n", b"\xff\xfe\x00"])
def test_what_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        sheet.read(sheet.decode(data))
    assert "file" in refused.value.fields


def test_the_hint_of_a_spreadsheet_program() -> None:
    found = sheet.read('sep=;\nName;Email\n"Groß; Käthe";k@mail.test\n')
    assert found.rows[0] == (3, ("Groß; Käthe", "k@mail.test"))


def test_same_headings_are_told_apart() -> None:
    assert sheet.read("Name,Phone,Phone,\na,1,2,3\n").headings == ("Name", "Phone", "Phone (2)", "#4")
