"""Reads what a form sent: typed values, errors beside the field, and everything typed kept for the next try."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import aiohttp.web as aioweb
from aiohttp.http_exceptions import HttpProcessingError
from multidict import MultiDict

from node.errors import Conflict, Forbidden, Gone, Invalid, TooMany, Unauthenticated
from node.money import digits
from node.words import N_, Message
from web.context import reader

KIB = 1024
MIB = 1024 * KIB
FORM_BYTES = 256 * KIB
"""What a form without files may weigh."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: the name is only for showing, never for storing."""

    name: str
    kind: str
    content: bytes


class Form:
    """What was typed, and what was wrong with it.

    Reading methods never raise: they note the error under the field's name and return a harmless value, so that
    all errors are found at once. ``valid`` says whether the values may be used.
    """

    def __init__(
        self, data: Mapping[str, str] | MultiDict[str] | None = None, files: Iterable[tuple[str, Upload]] = ()
    ):
        self.data: MultiDict[str] = MultiDict(data or {})
        self.files: MultiDict[Upload] = MultiDict(files)
        self.sent = data is not None
        self.errors: dict[str, Message] = {}
        self.refusal: Message | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and vars(self) == vars(other)

    @property
    def valid(self) -> bool:
        return self.sent and not self.errors and self.refusal is None

    def wrong(self, name: str, message: Message | str) -> None:
        """Note an error; the first one of a field counts."""
        self.errors.setdefault(name, message if isinstance(message, Message) else Message(message))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Runs a service: what it refuses becomes errors of this form instead of an error page."""
        try:
            yield
        except Invalid as refusal:
            for name, message in refusal.fields.items():
                self.wrong(name, message)
            if not refusal.fields:
                self.refusal = refusal.message
        except (Conflict, Forbidden, Gone, TooMany, Unauthenticated) as refusal:
            self.refusal = refusal.message

    # reading

    def text(self, name: str, *, most: int = 500, required: bool = True, missing: str = "") -> str:
        """One line, trimmed. ``missing`` is what to say when it is empty."""
        value = " ".join(self.data.get(name, "").split())
        return self._bounded(name, value, most, required, missing)

    def long_text(self, name: str, *, most: int = 5000, required: bool = True, missing: str = "") -> str:
        """Several lines; line ends become \\n."""
        value = self.data.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip()
        return self._bounded(name, value, most, required, missing)

    def secret(self, name: str, *, most: int = 200, missing: str = "") -> str:
        """A password, exactly as typed."""
        return self._bounded(name, self.data.get(name, ""), most, True, missing)

    def choice(self, name: str, options: Iterable[str], *, required: bool = True, otherwise: str = "") -> str:
        value = self.data.get(name, "")
        if value in set(options):
            return value
        if value or required:
            self.wrong(name, N_("Please choose one of these."))
        return otherwise

    def choices(self, name: str, options: Iterable[str]) -> list[str]:
        """Those ticked, in the order of ``options``; what is not among them is ignored."""
        ticked = set(self.data.getall(name, []))
        return [option for option in options if option in ticked]

    def items(self, name: str, *, most: int = 20, longest: int = 60) -> list[str]:
        """A list typed with commas or on lines."""
        parts = [" ".join(part.split()) for part in self.data.get(name, "").replace("\n", ",").split(",")]
        found = list(dict.fromkeys(part for part in parts if part))
        if len(found) > most:
            self.wrong(name, Message(N_("Please give at most %(most)d."), {"most": most}))
        if any(len(part) > longest for part in found):
            self.wrong(name, Message(N_("Please keep each under %(most)d characters."), {"most": longest}))
        return found[:most]

    def ticked_box(self, name: str) -> bool:
        return self.data.get(name) == "yes"

    def whole(self, name: str, *, least: int = 0, most: int = 1_000_000, required: bool = True) -> int | None:
        value = self.data.get(name, "").strip()
        if not value:
            if required:
                self.wrong(name, N_("Please give a number."))
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= 12):
            self.wrong(name, N_("This is not a whole number."))
            return None
        number = int(value)
        if not least <= number <= most:
            self.wrong(
                name, Message(N_("Please give a number from %(least)d to %(most)d."), {"least": least, "most": most})
            )
            return None
        return number

    def decimal(self, name: str) -> Decimal | None:
        """A number as the reader writes it, or as machines do; None where nothing is typed."""
        from babel.numbers import parse_decimal

        typed = self.data.get(name, "").strip()[:20]
        if not typed:
            return None
        try:
            number = parse_decimal(typed, locale=reader().locale, strict=True)
        except (InvalidOperation, ValueError):  # babel's NumberFormatError is one
            try:
                number = Decimal(typed.replace(",", "."))
            except InvalidOperation:
                number = Decimal("NaN")
        if not number.is_finite():
            self.wrong(name, N_("This is not a number."))
            return None
        return number

    def money(self, name: str, currency: str, *, required: bool = True) -> int | None:
        """An amount as the reader writes it ("1.234,50" in German), in minor units."""
        from babel.numbers import parse_decimal

        value = self.data.get(name, "").strip()
        if not value:
            if required:
                self.wrong(name, N_("Please give an amount."))
            return None
        try:
            amount = parse_decimal(value[:30], locale=reader().locale, strict=True)
        except (InvalidOperation, ValueError):  # babel's NumberFormatError is one
            try:
                amount = Decimal(value[:30])  # what a machine or a foreign keyboard writes
            except InvalidOperation:
                self.wrong(name, N_("This is not an amount of money."))
                return None
        if not amount.is_finite() or abs(amount) >= 10**12:
            self.wrong(name, N_("This is not an amount of money."))
            return None
        minor = amount.scaleb(digits(currency))
        if minor != minor.to_integral_value():
            self.wrong(name, N_("This has too many decimal places for the currency."))
            return None
        if minor < 0:
            self.wrong(name, N_("An amount cannot be negative."))
            return None
        return int(minor)

    def day(self, name: str, *, required: bool = True) -> date | None:
        """From <input type=date>."""
        value = self.data.get(name, "").strip()
        if not value and not required:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(name, N_("Please give a date, for example 2027-03-31."))
            return None

    def end_of_day(self, name: str, zone: ZoneInfo, *, required: bool = True) -> datetime | None:
        """The last second of the day that was chosen, where ``zone`` is: for "until" dates."""
        day = self.day(name, required=required)
        if day is None:
            return None
        try:
            return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
        except (OverflowError, ValueError):
            self.wrong(name, N_("Please give a date, for example 2027-03-31."))
            return None

    def uploads(self, name: str, *, most: int = 4) -> list[Upload]:
        """The files chosen; empty ones are what a browser sends for none."""
        found = [upload for upload in self.files.getall(name, []) if upload.content]
        if len(found) > most:
            self.wrong(name, Message(N_("Please choose at most %(most)d files."), {"most": most}))
        return found[:most]

    # writing back

    def typed(self, name: str, otherwise: Any = "") -> str:
        """What stands in the field: what was typed, else what was there before."""
        if self.sent and name in self.data:
            return self.data[name]
        return "" if otherwise is None else str(otherwise)

    def typed_all(self, name: str, otherwise: Iterable[Any] = ()) -> list[str]:
        return list(self.data.getall(name, [])) if self.sent else [str(value) for value in otherwise]

    def ticked(self, name: str, otherwise: bool = False) -> bool:
        return self.ticked_box(name) if self.sent else otherwise

    def _bounded(self, name: str, value: str, most: int, required: bool, missing: str) -> str:
        if not value and required:
            self.wrong(name, missing or N_("Please fill this in."))
        if len(value) > most:
            self.wrong(
                name,
                Message(
                    N_("This is %(over)d characters too long; %(most)d fit."), {"over": len(value) - most, "most": most}
                ),
            )
            return value[:most]
        return value


FORM = aioweb.RequestKey("form", Form)
Handler = TypeVar("Handler", bound=Callable[..., Any])


def accepts(most: int) -> Callable[[Handler], Handler]:
    """Marks a page whose forms may weigh more than FORM_BYTES, for members: ``@routes.post(…)`` above it."""

    def mark(handler: Handler) -> Handler:
        handler.form_bytes = most  # type: ignore[attr-defined]
        return handler

    return mark


async def read(request: aioweb.Request) -> Form:
    """The form a request carries. Raises Invalid for a body that is no form or too large.

    The middleware has called this before, to look for the token; the page gets the same form.
    """
    if FORM in request:
        return request[FORM]
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        raise Invalid(message=N_("This address expects a form."))
    most = FORM_BYTES
    if reader().viewer is not None:
        most = max(most, getattr(request.match_info.handler, "form_bytes", 0))
    try:
        if (request.content_length or 0) > most:
            raise aioweb.HTTPRequestEntityTooLarge(most, request.content_length or 0)
        fields = await request.clone(client_max_size=most).post()
    except aioweb.HTTPRequestEntityTooLarge:
        raise Invalid(
            message=Message(N_("Together this is too large; %(most)s fit here."), {"most": _size(most)})
        ) from None
    except (
        ValueError,
        LookupError,
        AssertionError,
        RuntimeError,
        HttpProcessingError,
    ):  # unknown charset, broken encoding or boundary
        raise Invalid(message=N_("The form arrived damaged. Please send it again.")) from None
    data: MultiDict[str] = MultiDict()
    files: list[tuple[str, Upload]] = []
    for name, value in fields.items():
        if isinstance(value, aioweb.FileField):
            content = await asyncio.to_thread(value.file.read)
            value.file.close()
            files.append((clean(name), Upload(clean(value.filename)[:200], value.content_type, content)))
        else:
            data.add(clean(name), clean(value if isinstance(value, str) else bytes(value).decode("utf-8", "replace")))
    form = request[FORM] = Form(data, files)
    return form


def _size(count: int) -> str:
    return f"{count // MIB} MB" if count >= MIB else f"{count // KIB} kB"


def clean(text: str) -> str:
    """Without what no database and no reader wants: NUL, lone surrogates and control characters."""
    return "".join(
        character
        for character in text
        if character in "\n\r\t"
        or not (character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff")
    )
