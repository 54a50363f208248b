"""Every document of the catalogues is read, and what we write reads back unchanged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from schemas.activities import Activity
from schemas.actors import Actor
from schemas.agreement import Agreement
from schemas.collections import Collection
from schemas.group import Group
from schemas.note import Note
from schemas.proposal import Proposal
from schemas.relationship import Relationship
from schemas.tombstone import Tombstone
from schemas.values import Malformed, parse

DOCUMENTS = Path(__file__).parents[2] / "documents"

READERS: dict[str, Callable[[Any], Any]] = {
    "activity": Activity.read,
    "actor": Actor.read,
    "agreement": Agreement.read,
    "note": Note.read,
    "proposal": Proposal.read,
    "relationship": Relationship.read,
    "collection": Collection.read,
    "tombstone": Tombstone.read,
    "find": Proposal.find,
}


def document(name: str) -> dict[str, Any]:
    return parse((DOCUMENTS / name).read_bytes())


def everything() -> list[Path]:
    return sorted(path for path in DOCUMENTS.rglob("*.json") if "vectors" not in path.parts)


def test_there_is_something_to_read() -> None:
    assert len(everything()) > 300


@pytest.mark.parametrize("path", everything(), ids=lambda path: str(path.relative_to(DOCUMENTS)))
def test_nothing_but_malformed(path: Path) -> None:
    try:
        found = parse(path.read_bytes())
    except Malformed:
        return
    for reader in READERS.values():
        try:
            reader(found)
        except Malformed:
            continue


@pytest.mark.parametrize(
    "name",
    ["array-at-top", "bad-character-set", "number-at-top", "string-at-top"],
)
def test_bodies_that_are_no_documents(name: str) -> None:
    with pytest.raises(Malformed):
        document(f"activitystreams/fail/{name}.json")


@pytest.mark.parametrize("key", ["actor", "object", "id", "type", "name", "content"])
def test_numbers_where_none_belong(key: str) -> None:
    found = document(f"activitystreams/fail/number-as-{key}.json")
    found.setdefault("id", "https://a.test/1")
    found.setdefault("attributedTo", "https://a.test/2")
    reader = Activity.read if found["type"] == "Offer" else Note.read
    with pytest.raises(Malformed):
        reader(found)


@pytest.mark.parametrize("path", sorted((DOCUMENTS / "commensal").glob("*.json")), ids=lambda path: path.stem)
def test_golden_documents_read_and_write_back_unchanged(path: Path) -> None:
    golden = parse(path.read_bytes())
    kind = path.stem.partition("-")[0]
    written = READERS[kind](golden).write()
    assert json.dumps(written, indent=1) == json.dumps(golden, indent=1)


def test_actor_is_exactly_one_address() -> None:
    good = {"id": "https://a.test/1", "type": "Like", "actor": "https://a.test/a", "object": "https://b.test/1"}
    assert Activity.read(good).actor == "https://a.test/a"
    for actor in (["https://a.test/a"], {"id": "https://a.test/a"}, "a", None, 1, "https://a@b.test/"):
        with pytest.raises(Malformed):
            Activity.read({**good, "actor": actor})


def test_two_authors_are_refused_unless_one_is_a_group_of_the_same_server() -> None:
    film = document("peertube/create.json")
    assert Note.read(Activity.read(film).embedded or {}).attributed_to == "https://tube.test/accounts/pia"
    for authors in (
        ["https://tube.test/accounts/pia", "https://tube.test/video-channels/wood"],
        [{"type": "Person", "id": "https://tube.test/a"}, {"type": "Person", "id": "https://tube.test/b"}],
        [{"type": "Person", "id": "https://tube.test/a"}, {"type": "Group", "id": "https://other.test/b"}],
        [{"type": "Person", "id": "https://other.test/a"}, {"type": "Group", "id": "https://tube.test/b"}],
    ):
        film["object"]["attributedTo"] = authors
        with pytest.raises(Malformed):
            Activity.read(film)


def test_mastodon_person() -> None:
    actor = Actor.read(document("mastodon/person.json"))
    assert (actor.username, actor.name, actor.type) == ("bob", "Bob Baker", "Person")
    assert actor.shared_inbox == "https://masto.test/inbox"
    assert actor.fields[0].name == "Bakery"
    assert actor.keys[0].id == "https://masto.test/users/bob#main-key"
    assert not actor.is_stub


def test_gotosocial_stub_and_whole() -> None:
    assert Actor.read(document("gotosocial/stub.json")).is_stub
    whole = Actor.read(document("gotosocial/person.json"))
    assert whole.keys[0].id == "https://gts.test/users/w/main-key"
    assert whole.fields[0].value == "they/them"
    assert whole.shared_inbox is None
    assert whole.approves_followers


def test_mitra_person() -> None:
    actor = Actor.read(document("mitra/person.json"))
    assert [key.id.rpartition("#")[2] for key in actor.multikeys] == ["main-key", "ed25519-key"]
    assert "https://datatracker.ietf.org/doc/html/rfc9421" in actor.implements
    assert Proposal.address(actor.document) == "https://mitra.test/users/alice/proposals/monero:418015bb"


def test_wordpress_person() -> None:
    actor = Actor.read(document("wordpress/person.json"))
    assert actor.url == "https://wp.test/author/wanda/"
    assert [field.name for field in actor.fields] == ["Blog"]
    assert actor.webfinger == "wanda@wp.test"


def test_mobilizon_and_lemmy_actors() -> None:
    assert Actor.read(document("mobilizon/actor.json")).members == "https://mobi.test/@group/members"
    assert Actor.read(document("lemmy/person.json")).username == "carl"


def test_groups() -> None:
    wood = Actor.read(document("lemmy/group.json"))
    assert wood.group == Group("open", "https://lemmy.test/c/wood/moderators", only_moderators_post=True)
    assert (wood.featured, wood.name) == ("https://lemmy.test/c/wood/featured", "Wood & Glue")
    assert wood.icon is not None and wood.icon.url == "https://lemmy.test/pictrs/image/1.webp"
    theirs = Actor.read(document("mobilizon/actor.json"))
    assert theirs.group is not None and theirs.group.moderators is None


def test_keys_and_addresses_of_others_are_left_out() -> None:
    stranger = document("mastodon/person.json")
    stranger["publicKey"]["owner"] = "https://evil.test/users/eve"
    stranger["inbox"] = "https://evil.test/inbox"
    stranger["endpoints"] = {"sharedInbox": "https://evil.test/inbox"}
    stranger["commensal:affiliations"] = "https://evil.test/affiliations"
    actor = Actor.read(stranger)
    assert actor.keys == ()
    assert actor.inbox is None
    assert actor.shared_inbox is None
    assert actor.affiliations is None


def test_mastodon_note() -> None:
    activity = Activity.read(document("mastodon/create.json"))
    assert activity.is_public
    note = Note.read(activity.embedded or {})
    assert note.hashtags == (("woodwork", "https://masto.test/tags/woodwork"),)
    assert note.mentions[0].href == "https://alpha.test/ap/actors/alice"
    assert note.pictures[0].alt == "oak planks"
    assert note.language == "en" or note.language is None
    assert note.context == "https://masto.test/contexts/1"
    assert note.lens is None


def test_misskey_public_and_wordpress_article() -> None:
    assert Note.read(Activity.read(document("misskey/create.json")).embedded or {}).is_public
    article = Note.read(Activity.read(document("wordpress/create.json")).embedded or {})
    assert (article.type, article.name, article.pictures[0].alt) == ("Article", "What we learned", "Cover")


def test_gotosocial_votes_come_as_a_list() -> None:
    activity = Activity.read(document("gotosocial/vote.json"))
    assert len(activity.objects) == 2
    assert activity.published == datetime(2026, 11, 21, 9, 45, 37, tzinfo=UTC)


def test_activity_without_id() -> None:
    assert Activity.read(document("gotosocial/delete.json")).id is None


def test_fep_0837_proposal() -> None:
    found = Proposal.find(document("fep/0837/02.json"))
    assert found is not None
    assert (found.purpose, found.name, found.price) == ("offer", "Offering used bike", (Decimal(30), "USD"))
    assert found.location is not None
    assert found.location.latitude == 25.0
    assert found.publishes.available is not None
    assert found.unit_based is False


def test_proposal_on_a_note_attached_to_a_note_and_as_one() -> None:
    bare = document("fep/0837/02.json")
    on_a_note = {**bare, "type": "Note"}
    attached = {"type": "Note", "id": "https://a.test/1", "attributedTo": "https://a.test/a", "attachment": [bare]}
    for shape in (bare, on_a_note, attached):
        found = Proposal.find(shape)
        assert found is not None
        assert found.price == (Decimal(30), "USD")
    assert Proposal.find({"type": "Note", "content": "x"}) is None


def test_fep_0837_offer_and_agreement() -> None:
    offer, accept = document("fep/0837/04.json"), document("fep/0837/05.json")
    offered, made = Agreement.read(offer["object"]), Agreement.read(accept["result"])
    assert made.is_what_was_offered(offered)
    assert (offered.id, made.payment is not None) == (None, True)
    assert made.id == accept["result"]["id"]
    changed = accept["result"]
    changed["stipulates"]["resourceQuantity"]["hasNumericalValue"] = "2"
    assert not Agreement.read(changed).is_what_was_offered(offered)


@pytest.mark.parametrize("name", ["accept-agreement", "update-agreement"])
def test_mitra_agreement(name: str) -> None:
    said = document(f"mitra/{name}.json")
    found = Agreement.read(said.get("result") or said["object"])
    assert found.stipulates.quantity.unit == "second"
    assert found.payment == "caip:10:monero:418015bb:8xyz"
    assert found.preview == {"accept-agreement": "Open", "update-agreement": "Paid"}[name]


def test_mitra_proposal_has_no_price_in_a_known_currency() -> None:
    found = Proposal.find(document("mitra/proposal.json"))
    assert found is not None
    assert found.price is None
    assert found.publishes.quantity is not None
    assert found.publishes.quantity.unit == "second"


def test_flohmarkt_item() -> None:
    found = Proposal.find(document("flohmarkt/create.json")["object"])
    assert found is not None
    assert (found.name, found.price, found.purpose) == ("Bike", (Decimal(25), "EUR"), "offer")
    assert found.content == "<p>blue &amp; fast</p>"
    assert found.location is not None
    assert found.location.latitude == 49.4


def test_bonfire_need() -> None:
    found = Proposal.find(document("bonfire/create.json")["object"])
    assert found is not None
    assert (found.purpose, found.name) == ("request", "Two pallets of clay")
    assert found.publishes.quantity is not None
    assert found.publishes.quantity.value == Decimal("0.68")


def test_iso_code_as_unit_of_money() -> None:
    found = Proposal.read(
        {"type": "Proposal", "purpose": "offer", "publishes": {"type": "Intent"}, "reciprocal": {"type": "Intent",
         "resourceQuantity": {"hasUnit": "SEK", "hasNumericalValue": "120.50"}}}
    )  # fmt: skip
    assert found.price == (Decimal("120.50"), "SEK")


def test_relationships_of_others() -> None:
    offer = Activity.read(document("w3c/offer.json"))
    found = Relationship.read(offer.embedded or {})
    assert found.is_connection
    assert found.object == "https://alpha.test/ap/actors/alice"
    assert not Relationship.read(document("mitra/affiliation.json")).is_membership
