"""Holds JSON against the fields and types that Mastodon's documentation gives, as Mastodon.py writes them down."""

import types
from datetime import datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import dateutil.parser
from mastodon import return_types, types_base

NEWER = {
    "Account": {"avatar_description", "header_description", "show_media", "show_media_replies", "show_featured",
                "feature_approval", "mute_expires_at"},
    "CredentialAccount": {"avatar_description", "header_description"},
    "Status": {"tagged_collections"},
    "InstanceV2": set(),
    "InstanceAccountConfiguration": {"max_avatar_description_length", "max_header_description_length"},
    "Role": {"collection_limit"},
    "SearchV2": {"collections"},
    "Report": {"rules_ids"},  # documented, and sent, as rule_ids
}  # fmt: skip
"""What came with Mastodon 4.6 and later; we follow 4.5."""


def faults(entity: Any, name: str, path: str = "") -> list[str]:
    """What is missing or of another type; empty when the entity is as documented."""
    kind = getattr(return_types, name)
    hints = get_type_hints(kind, {**vars(return_types), **vars(types_base)}, {"datetime": datetime})
    found = []
    for field, hint in hints.items():
        if field.startswith("_"):
            continue
        where = f"{path}{name}.{field}"
        if field not in entity:
            if not _may_be_none(hint) and field not in NEWER.get(name, ()):
                found.append(f"{where} is missing")
            continue
        found += _check(entity[field], hint, where)
    return found


def _check(value: Any, hint: Any, where: str) -> list[str]:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        options = get_args(hint)
        if value is None and type(None) in options:
            return []
        checks = [_check(value, option, where) for option in options if option is not type(None)]
        return [] if any(not check for check in checks) else checks[0]
    if origin is not None and origin in (types_base.NonPaginatableList, types_base.PaginatableList, list):
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r}"]
        inner = get_args(hint)
        return [fault for entry in value for fault in (_check(entry, inner[0], where + "[]") if inner else [])]
    if isinstance(hint, type) and hint.__module__ == return_types.__name__:
        if not isinstance(value, dict):
            return [f"{where} is no object: {value!r}"]
        return faults(value, hint.__name__, where + ":")
    if hint is datetime:
        if where.endswith("TagHistory.day"):  # seconds since 1970, as text
            return [] if isinstance(value, str) and value.isdigit() else [f"{where} is no day: {value!r}"]
        try:
            dateutil.parser.parse(value)
        except (TypeError, ValueError, OverflowError):
            return [f"{where} is no time: {value!r}"]
        return []
    if hint in (str, int, bool, float):
        is_right = type(value) is hint or (hint is float and type(value) is int)
        return [] if is_right else [f"{where} is not {hint.__name__}: {value!r}"]
    if "Id" in str(hint) and not isinstance(value, str):
        return [f"{where} is no id: {value!r}"]
    return []


def _may_be_none(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)
