"""The file deploy/commensal.toml names every setting, with its default and a sentence that says what it does."""

import itertools
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from node.config import Config, load_config
from node.errors import Misconfigured

FILE = Path(__file__).parents[2] / "deploy" / "commensal.toml"
SETTING = re.compile(r"^# ?(?P<name>[a-z_]+) = (?P<value>.+)$")


def test_every_setting_is_there_with_its_default_and_nothing_else() -> None:
    lines = FILE.read_text("utf-8").splitlines()
    shown = {match["name"]: match["value"] for line in lines if (match := SETTING.match(line))}
    known = [field.name for field in fields(Config)]
    assert sorted(shown) == sorted(known)
    given = tomllib.loads("\n".join(f"{name} = {value}" for name, value in shown.items()))
    plain, from_file = load_config(allow_http=True), load_config(**{**given, "allow_http": True})
    wrong = {
        name: (getattr(plain, name), getattr(from_file, name))
        for name in known
        if name not in _SHOWN_AS_EXAMPLES and getattr(plain, name) != getattr(from_file, name)
    }
    assert wrong == {}


_SHOWN_AS_EXAMPLES = {"url", "migrate_on_start"}
"""Settings whose default depends on others: the file shows what a real node has."""


def test_every_setting_has_a_sentence() -> None:
    lines = FILE.read_text("utf-8").splitlines()
    wrong = [
        line for before, line in itertools.pairwise(lines)
        if SETTING.match(line) and not re.match(r"^# .*\.$", before)
    ]  # fmt: skip
    assert not wrong


def test_the_file_as_it_lies_there_can_be_read() -> None:
    load_config(FILE, allow_http=True)


def test_the_address_is_as_it_stands_in_ids() -> None:
    for given, expected in (
        ("https://Bäckerei.example", "https://xn--bckerei-5wa.example"),
        ("https://CHAMBER.example:443/", "https://chamber.example"),
        ("https://chamber.example:8443", "https://chamber.example:8443"),
    ):
        assert load_config(url=given).url == expected
    for wrong in ("https://a.example/path", "https://me@a.example", "ftp://a.example", "https://", "https://a b"):
        with pytest.raises(Misconfigured):
            load_config(url=wrong)
