"""What a token may be used for: the names of Mastodon's API and ours, and which contain which."""

from collections.abc import Iterable

from node.errors import Invalid
from node.words import N_, Message

_AREAS = {
    "read": ("accounts", "blocks", "bookmarks", "favourites", "filters", "follows", "lists", "mutes", "notifications",
             "search", "statuses", "listings", "connections", "deals", "directory", "peers", "webhooks"),
    "write": ("accounts", "blocks", "bookmarks", "conversations", "favourites", "filters", "follows", "lists", "media",
              "mutes", "notifications", "reports", "statuses", "listings", "connections", "deals", "peers", "webhooks"),
}  # fmt: skip
_NOT_HERE = ("admin:", "crypto", "read:collections", "write:collections")
"""Apps for many servers ask for these, and would be shut out of all they can do here."""
_FOLLOW = frozenset(f"{verb}:{area}" for verb in _AREAS for area in ("follows", "blocks", "mutes"))

KNOWN: tuple[str, ...] = (
    "read",
    *(f"read:{area}" for area in _AREAS["read"]),
    "write",
    *(f"write:{area}" for area in _AREAS["write"]),
    "follow",
    "push",
    "profile",
    "offline_access",
)

WORDS: dict[str, str] = {
    "read": N_("read everything you can read here, also what only you can see"),
    "read:accounts": N_("see profiles, also your own"),
    "read:statuses": N_("read posts you can read"),
    "read:notifications": N_("see what you are told of"),
    "read:follows": N_("see whom you follow and who follows you"),
    "read:search": N_("search in your name"),
    "read:listings": N_("see offers and asks"),
    "read:connections": N_("see your invitations and connections"),
    "read:deals": N_("see your deals"),
    "write:deals": N_("take steps in your deals for you, also agree to terms"),
    "write:peers": N_("try other hosts again, or close the door to them, where you are an officer"),
    "read:webhooks": N_("see which programs are told what happens, where you are an officer"),
    "write:webhooks": N_("let programs be told what happens, where you are an officer"),
    "read:peers": N_("see how other associations and networks are, where you are an officer"),
    "read:directory": N_("look people and companies up in the directory"),
    "write": N_("act for you: post, change your profile, offer and ask"),
    "write:accounts": N_("change your profile"),
    "write:statuses": N_("post in your name and delete your posts"),
    "write:media": N_("upload pictures for you"),
    "write:follows": N_("follow and unfollow for you"),
    "write:notifications": N_("clear what you are told of"),
    "write:listings": N_("publish and withdraw offers and asks for you"),
    "write:connections": N_("invite people for you and answer invitations"),
    "follow": N_("follow, unfollow and block for you"),
    "read:blocks": N_("see whom you blocked"),
    "read:bookmarks": N_("see what you keep to find again"),
    "read:favourites": N_("see what you like"),
    "read:filters": N_("see what you do not want to see"),
    "read:lists": N_("see your lists of people"),
    "read:mutes": N_("see whom you muted"),
    "write:blocks": N_("block and unblock people for you"),
    "write:bookmarks": N_("keep posts for you to find again"),
    "write:conversations": N_("put your conversations away"),
    "write:favourites": N_("like posts in your name"),
    "write:filters": N_("change what you do not want to see"),
    "write:lists": N_("change your lists of people"),
    "write:mutes": N_("mute and unmute people for you"),
    "write:reports": N_("report people and posts to the office in your name"),
    "push": N_("send news to your phone"),
    "profile": N_("see your name and picture"),
    "offline_access": N_("renew its permission by itself until you end it"),
}
"""What a scope allows, to be read after "It could …". Scopes without an entry are named as they are."""


def read(text: str | None, otherwise: str = "read") -> list[str]:
    """The scopes in a text with blanks (or plus signs) between them, in our order. Raises Invalid for unknown ones.

    Those of Mastodon for which there is nothing here are left out, as RFC 6749 part 3.3 allows.
    """
    names = set((text or otherwise).replace("+", " ").replace(",", " ").split())
    unknown = sorted(name for name in names - set(KNOWN) if not name.startswith(_NOT_HERE))
    if unknown:
        raise Invalid({"scope": Message(N_("There is no scope named %(name)s."), {"name": unknown[0][:60]})})
    return [name for name in KNOWN if name in names]


def allow(granted: Iterable[str], wanted: str) -> bool:
    """Whether a token with ``granted`` may do what needs ``wanted``, such as ``write:statuses``."""
    held = set(granted)
    if wanted in held or wanted.partition(":")[0] in held:
        return True
    if wanted == "profile":
        return "read" in held or "read:accounts" in held
    return wanted in _FOLLOW and "follow" in held


def contain(granted: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether every scope of ``wanted`` is part of ``granted``."""
    held = list(granted)
    return all(allow(held, name) for name in wanted)
