"""The demo's world holds together: whoever is named exists, whatever is shown can be seen and is small."""

import io
from importlib.resources import files

import pytest
from PIL import Image

from node.demo import world
from node.demo.drawing import portraits, scenes
from node.listings import rules as listing_rules
from node.members import fields, sheet
from node.posts.rules import LENSES

WORLD = world.load()
PICTURES = files("node.demo") / "pictures"


def test_both_houses_are_full() -> None:
    assert [len(WORLD.of(house)) >= 40 for house in world.HOUSES] == [True, True]
    assert {house.admin for house in WORLD.houses.values()} <= set(WORLD.people)


def test_everybody_named_exists() -> None:
    names = {entry.by for entry in WORLD.entries}
    names |= {name for entry in WORLD.entries for name in world.named(entry.text)}
    names |= {who for who, whom in WORLD.follows.items() for who in (who, *whom)}
    names |= {who for each in WORLD.invitations for who in (each.inviting, each.invited)}
    assert names <= set(WORLD.people)


def test_an_answer_comes_after_what_it_answers() -> None:
    posts = {entry.key: entry for entry in WORLD.entries if entry.key}
    for entry in WORLD.entries:
        if entry.after:
            assert posts[entry.after].ago > entry.ago, entry


def test_words_fit_what_the_services_take() -> None:
    for entry in WORLD.entries:
        assert entry.lens in LENSES
        if entry.listing:
            assert entry.listing["category"] in listing_rules.CATEGORIES
            assert entry.listing["terms"] in listing_rules.TERMS
            assert (entry.listing["terms"] == "price") == (entry.listing["price"] is not None), entry
            assert (entry.listing["terms"] == "barter") == bool(entry.listing["barter"]), entry
    for person in WORLD.people.values():
        for line in ("about", "offers", "seeks", "enjoys", "origin"):
            fields.read(line, getattr(person, line))


def test_every_invitation_asks() -> None:
    assert all("?" in each.question for each in WORLD.invitations)


def test_what_is_liked_passed_on_and_answered_exists() -> None:
    posts = {entry.key: entry for entry in WORLD.entries if entry.key}
    likes = {(key, who) for key, names in WORLD.likes.items() for who in names}
    votes = {(key, who) for key, each in WORLD.votes.items() for who in each}
    for key, who in likes | votes | {(each.post, each.by) for each in WORLD.passed_on}:
        assert posts[key].by != who in WORLD.people
    for key, each in WORLD.votes.items():
        assert set(each.values()) <= set(range(len(posts[key].options)))
    assert {entry.circle for entry in WORLD.entries if entry.circle} == {circle.username for circle in WORLD.circles}
    for circle in WORLD.circles:
        inside = {circle.by, *circle.members}
        assert inside <= set(WORLD.people)
        assert {entry.by for entry in WORLD.entries if entry.circle == circle.username} <= inside


def test_much_of_it_crosses_the_river() -> None:
    house = {name: person.house for name, person in WORLD.people.items()}
    writer = {entry.key: house[entry.by] for entry in WORLD.entries if entry.key}
    answers = [writer[entry.after] != house[entry.by] for entry in WORLD.entries if entry.after]
    follows = [house[who] != house[other] for who, whom in WORLD.follows.items() for other in whom]
    assert sum(answers) >= 20
    assert sum(follows) >= 40


@pytest.mark.parametrize(
    "name",
    sorted(
        {f"people/{name}" for name in WORLD.people}
        | {entry.picture for entry in WORLD.entries if entry.picture}
        | {picture for house in WORLD.houses.values() for picture in (house.logo, house.picture)}
    ),
)
def test_a_picture_is_there_and_small(name: str) -> None:
    picture = world.picture(name)
    assert len(picture.content) < 25_000
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.format == "WEBP"
        assert image.size == (picture.width, picture.height)
        assert image.width >= 320
    if not name.startswith("people/"):
        assert WORLD.alt[name]


def test_all_pictures_together_are_small() -> None:
    sizes = [
        len(path.read_bytes()) for path in (*PICTURES.iterdir(), *(PICTURES / "people").iterdir()) if path.is_file()
    ]
    assert sum(sizes) < 1_500_000


def test_pictures_can_be_drawn_again() -> None:
    assert set(scenes.SCENES) >= {entry.picture for entry in WORLD.entries if entry.picture}
    portraits.paint(portraits.read("skin=sand hair=grey cut=bob hat=cap beard=short glasses=round age=0.5"), 40)


def test_a_span_of_time() -> None:
    assert world.span("2d 3h").total_seconds() == (2 * 24 + 3) * 3600
    for wrong in ("", "soon", "3 days"):
        with pytest.raises(ValueError, match="not a span"):
            world.span(wrong)


def test_the_secretarys_file_is_clean_and_the_other_has_three_mistakes() -> None:
    counts = []
    for name in ("members.csv", "new-members.csv"):
        table = sheet.read(sheet.decode(world.member_file(name)))
        checked = sheet.check(table, sheet.guess(table.headings))
        assert all(row.get("trade") and row.get("place") for row in checked.rows)
        counts.append((len(checked.rows) >= 7, len({problem.row for problem in checked.problems})))
    assert counts == [(True, 0), (True, 3)]
