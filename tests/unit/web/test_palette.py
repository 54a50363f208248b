"""Whatever colour an association chooses, its pages stay readable."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import palette
from web.palette import contrast

colours = st.tuples(*[st.integers(0, 255)] * 3)
TOKENS = (Path(palette.__file__).parent / "static/styles/tokens.css").read_text("utf-8")


@given(colours)
def test_day(colour: palette.Colour) -> None:
    made = palette.by_day(colour)
    assert contrast(made.accent, palette.PAPER) >= 4.5
    assert contrast(made.accent, palette.LINEN) >= 4.5
    assert contrast(made.accent, made.tint) >= 4.5
    assert contrast(made.on_accent, made.fill) >= 4.5
    assert contrast(made.on_accent, made.fill_hover) >= 4.5


@given(colours)
def test_night(colour: palette.Colour) -> None:
    made = palette.by_night(colour)
    assert contrast(made.accent, palette.NIGHT) >= 4.5
    assert contrast(made.accent, made.tint) >= 4.5
    assert contrast(made.on_accent, made.fill) >= 4.5
    assert contrast(made.on_accent, made.fill_hover) >= 4.5


def test_known_contrasts() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


def test_a_colour_that_reads_well_is_left_alone() -> None:
    assert "--accent: #7d1f3a;" in palette.stylesheet("#7D1F3A")


def test_the_surfaces_are_those_of_the_stylesheet() -> None:
    day, night = TOKENS.split("prefers-color-scheme: dark")
    for text, name, colour in (
        (day, "paper", palette.PAPER),
        (day, "linen", palette.LINEN),
        (night, "paper", palette.NIGHT),
    ):
        found = re.search(rf"--{name}: (#[0-9a-f]{{6}});", text)
        assert found is not None
        assert palette.read(found[1]) == colour


def test_the_house_colours_read_well() -> None:
    for text in TOKENS.split("prefers-color-scheme: dark"):
        value = {name: palette.read(colour) for name, colour in re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text)}
        for front, back in (("ink", "linen"), ("ink", "paper"), ("soft", "linen"), ("soft", "paper"), ("soft", "sunk"),
                            ("accent", "linen"), ("accent", "paper"), ("on-accent", "accent-fill"),
                            ("olive", "olive-tint"),
                            ("brass", "brass-tint"), ("brick", "brick-tint"), ("olive", "paper"), ("brass", "paper"),
                            ("brick", "paper"), ("accent", "accent-tint")):  # fmt: skip
            assert contrast(value[front], value[back]) >= 4.5, (front, back)
        assert contrast(value["edge"], value["paper"]) >= 3  # borders of fields


def test_nonsense_is_no_colour() -> None:
    for text in ("", "#fff", "#gggggg", "1234567"):
        with pytest.raises(ValueError, match=r"digits|invalid literal"):
            palette.read(text)
