"""What an app sent: query, JSON, form and multipart read alike, with Rails' nested names (``x[]``, ``x[0][name]``)."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp.web as aioweb

from node.errors import Invalid, NotFound
from node.words import N_, Message
from schemas.values import Malformed, parse
from web.addresses import database_key
from web.forms import MIB, Upload, clean

SMALL = 1 * MIB
"""What a request without files may weigh."""
LARGE = 21 * MIB
"""What a picture and its frame may weigh; the media service has its own, friendlier limit below it."""
MAX_NAMES = 1000
_MAX_DEPTH = 5
_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_FALSE = frozenset({"", "0", "f", "false", "off", "no", "null"})

Value = Any
"""A text, a number, a truth value, None, an Upload, a list of these, or a Parameters."""


class Parameters:
    """Named values, read leniently where apps differ and refused with Invalid where they make no sense."""

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self._values: dict[str, Value] = dict(values or {})

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def names(self) -> list[str]:
        return list(self._values)

    def text(self, name: str, *, most: int = 5000) -> str | None:
        """None when it was not sent, or sent as null. Line ends become \\n."""
        value = self._values.get(name)
        if isinstance(value, list) and value:
            value = value[-1]
        if value is None:
            return None
        if isinstance(value, bool | int | float):
            value = "true" if value is True else "false" if value is False else str(value)
        if not isinstance(value, str):
            raise Invalid({name: N_("This should be a text.")})
        if len(value) > most:
            raise Invalid({name: Message(N_("This is longer than %(most)d characters."), {"most": most})})
        return value.replace("\r\n", "\n").replace("\r", "\n")

    def required(self, name: str, *, most: int = 5000) -> str:
        value = self.text(name, most=most)
        if not value:
            raise Invalid({name: N_("This is missing.")})
        return value

    def flag(self, name: str) -> bool | None:
        """Truth as apps write it: true, "true", "1", 1, "on"; None when it was not sent."""
        value = self.text(name)
        return None if value is None else value.strip().lower() not in _FALSE

    def whole(self, name: str, *, least: int, most: int, otherwise: int) -> int:
        """A number brought into its bounds; what is no number counts as not sent."""
        value = (self.text(name) or "").strip()
        if not re.fullmatch(r"-?[0-9]{1,15}", value):
            return otherwise
        return max(least, min(most, int(value)))

    def key(self, name: str) -> int | None:
        """A database key; None when it was not sent. Raises NotFound for what cannot be one."""
        value = self.text(name)
        return database_key(value) if value else None

    def texts(self, name: str, *, most: int = 100) -> list[str]:
        """A list of texts; one text alone counts as a list of one."""
        value = self._values.get(name)
        if value is None:
            return []
        if isinstance(value, Parameters):
            value = value.in_order()
        found = value if isinstance(value, list) else [value]
        if len(found) > most:
            raise Invalid({name: Message(N_("Please give at most %(most)d."), {"most": most})})
        texts = (Parameters({name: entry}).text(name) for entry in found)
        return [text for text in texts if text is not None]

    def keys(self, name: str, *, most: int = 100) -> list[int]:
        """A list of database keys; those that cannot be one are left out."""
        found = []
        for text in self.texts(name, most=most):
            try:
                found.append(database_key(text))
            except NotFound:
                continue
        return found

    def below(self, name: str) -> "Parameters":
        """The values named ``name[…]``; empty when there are none."""
        value = self._values.get(name)
        return value if isinstance(value, Parameters) else Parameters()

    def rows(self, name: str, *, most: int = 50) -> list["Parameters"]:
        """A list of groups, sent as a JSON list or as ``name[0][…]``."""
        value = self._values.get(name)
        entries = value.in_order() if isinstance(value, Parameters) else value if isinstance(value, list) else []
        return [entry for entry in entries if isinstance(entry, Parameters)][:most]

    def in_order(self) -> list[Value]:
        """The values under ``[0]``, ``[1]`` …, by number."""
        numbered = [(name, value) for name, value in self._values.items() if name.isascii() and name.isdigit()]
        return [value for _, value in sorted(numbered, key=lambda pair: (len(pair[0]), pair[0]))]

    def upload(self, name: str) -> Upload | None:
        value = self._values.get(name)
        return value if isinstance(value, Upload) else None

    def put(self, name: str, value: Value) -> None:
        """Add a value under a nested name. What contradicts earlier names is dropped."""
        match = _NAME.fullmatch(name)
        steps = [match[1], *_STEP.findall(match[2])] if match else [name]
        if len(steps) <= _MAX_DEPTH:
            self._put(steps, value)

    def _put(self, steps: list[str], value: Value) -> None:
        name, *rest = steps
        if not rest:
            self._values[name] = value
        elif rest == [""]:
            entries = self._values.setdefault(name, [])
            if isinstance(entries, list):
                entries.append(value)
        elif rest[0] == "":
            entries = self._values.setdefault(name, [])
            if isinstance(entries, list):
                # Rails: a repeated key begins the next group of x[][name]
                if not entries or not isinstance(entries[-1], Parameters) or rest[1] in entries[-1]:
                    entries.append(Parameters())
                entries[-1]._put(rest[1:], value)
        else:
            below = self._values.setdefault(name, Parameters())
            if isinstance(below, Parameters):
                below._put(rest, value)

    def update(self, other: "Parameters") -> None:
        self._values.update(other._values)


def nested(pairs: Iterable[tuple[str, Value]]) -> Parameters:
    """Parameters from flat names such as ``poll[options][]``."""
    found = Parameters()
    for number, (name, value) in enumerate(pairs):
        if number >= MAX_NAMES:
            raise Invalid(message=N_("That is more than fits in one request."))
        found.put(name, value)
    return found


def query(request: aioweb.Request) -> Parameters:
    """The query alone."""
    return nested((clean(name), clean(value)) for name, value in request.query.items())


async def read(request: aioweb.Request, *, most: int = SMALL) -> Parameters:
    """Query and body together, the body winning. Raises Invalid for a body that cannot be read."""
    found = query(request)
    if not request.body_exists:
        return found
    try:
        found.update(await _body(request, most))
    except aioweb.HTTPRequestEntityTooLarge:
        raise Invalid(
            message=Message(N_("Together this is larger than %(most)d MB."), {"most": max(1, most // MIB)})
        ) from None
    except Malformed:
        raise Invalid(message=N_("The body is not the JSON it says it is.")) from None
    except (ValueError, LookupError, AssertionError, RuntimeError):  # unknown charset, broken encoding or boundary
        raise Invalid(message=N_("The form arrived damaged. Please send it again.")) from None
    return found


async def _body(request: aioweb.Request, most: int) -> Parameters:
    if (request.content_length or 0) > most:
        raise aioweb.HTTPRequestEntityTooLarge(most, request.content_length or 0)
    limited = request.clone(client_max_size=most)
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        pairs: list[tuple[str, Value]] = []
        for name, value in (await limited.post()).items():
            if isinstance(value, aioweb.FileField):
                with value.file as file:  # aiohttp closes those of the request itself only, not of this clone
                    content = await asyncio.to_thread(file.read)
                pairs.append((clean(name), Upload(clean(value.filename)[:200], value.content_type, content)))
            else:
                text = value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")
                pairs.append((clean(name), clean(text)))
        return nested(pairs)
    raw = await limited.read()
    if not raw.strip():
        return Parameters()
    if request.content_type.endswith("json") or raw.lstrip()[:1] == b"{":
        document = parse(raw)
        found = Parameters()
        for name, value in document.items():
            # JSON bodies, too, come with names such as "media_ids[]".
            found.put(name.removesuffix("[]") if isinstance(value, list) else name, _from_json(value))
        return found
    # Some command-line clients name no type at all for a plain form.
    from urllib.parse import parse_qsl

    text = raw.decode("utf-8", "replace")
    return nested(
        (clean(name), clean(value)) for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_NAMES)
    )


def _from_json(value: Any) -> Value:
    if isinstance(value, dict):
        return Parameters({clean(name): _from_json(entry) for name, entry in value.items()})
    if isinstance(value, list):
        return [_from_json(entry) for entry in value]
    return clean(value) if isinstance(value, str) else value
