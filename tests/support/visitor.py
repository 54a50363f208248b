"""Somebody with a browser that knows no JavaScript: opens pages, fills in forms, follows where they lead."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and words of each."""
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self.links: list[tuple[str, str]] = []
        self._select: str | None = None
        self._first_option = True
        self._area: str | None = None
        self._button: tuple[str, str] | None = None
        self._words: list[str] = []
        self._link: str | None = None
        self._link_words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in ("script", "style", "template"):
            self._hidden += 1
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        if tag == "a" and "href" in given:
            self._link, self._link_words = given["href"], []
        if not self.forms:
            return
        form = self.forms[-1]
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            if kind == "file":
                form.files.append(name)
            elif kind in ("submit", "image"):
                form.buttons.append((name, given.get("value", ""), given.get("value", "")))
            elif kind not in ("checkbox", "radio") or "checked" in given:
                form.fields.setdefault(name, []).append(given.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select":
            self._select, self._first_option = name, "multiple" not in given
        elif tag == "option" and self._select:
            if "selected" in given or self._first_option:
                if self._first_option or "selected" in given:
                    form.fields[self._select] = [given.get("value", "")]
                self._first_option = False
        elif tag == "textarea" and name:
            self._area = name
            form.fields[name] = [""]
        elif tag == "button":
            self._button, self._words = (name, given.get("value", "")), []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "template"):
            self._hidden -= 1
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, " ".join("".join(self._link_words).split())))
            self._link = None
        elif tag == "button" and self._button is not None and self.forms:
            self.forms[-1].buttons.append((*self._button, " ".join("".join(self._words).split())))
            self._button = None

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._area is not None:
            self.forms[-1].fields[self._area][0] += data
            return
        self.text.append(data)
        if self.forms:
            self.forms[-1].text += data
        if self._button is not None:
            self._words.append(data)
        if self._link is not None:
            self._link_words.append(data)


@dataclass
class Page:
    """What came back."""

    status: int
    url: str
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    def __post_init__(self) -> None:
        self._read = _Reader()
        if "html" in self.headers.get("Content-Type", ""):
            self._read.feed(self.body.decode("utf-8", "replace"))

    @property
    def text(self) -> str:
        """The words on the page, without markup."""
        return " ".join(" ".join(self._read.text).split())

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def forms(self) -> list[Form]:
        return self._read.forms

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def form(self, action: str = "", *, with_field: str = "") -> Form:
        """The one posting form whose action matches the pattern and that has the field. Raises AssertionError."""
        found = [
            form
            for form in self.forms
            if form.method == "post"
            and re.search(action, form.action or self.path)
            and (not with_field or with_field in form.fields or with_field in form.files)
        ]
        there = [(form.action, sorted(form.fields)) for form in self.forms]
        assert found, f"no form {action!r} {with_field!r} on {self.url} ({self.status}); there are {there}"
        return found[0]

    @property
    def links(self) -> list[str]:
        """Where the links of the page lead, as written."""
        return [href for href, _ in self._read.links]

    def link(self, words: str) -> str:
        """Where the first link with these words leads. Raises AssertionError."""
        for href, text in self._read.links:
            if words in text:
                return urljoin(self.url, href)
        raise AssertionError(f"no link {words!r} on {self.url}; there are {[text for _, text in self._read.links]}")


class Visitor:
    """One browser with its cookies, at one node."""

    def __init__(self, base: str, port: int) -> None:
        self.base = base
        self._port = port
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def close(self) -> None:
        await self._session.close()

    async def open(self, address: str, *, accept: str = "text/html", follow: bool = True, **headers: str) -> Page:
        """GET a path or one of the node's addresses."""
        return await self._ask("GET", address, follow=follow, headers={"Accept": accept, **headers})

    async def send(
        self,
        page: Page,
        form: Form,
        values: dict[str, Any] | None = None,
        *,
        button: str | None = None,
        follow: bool = True,
    ) -> Page:
        """Fill in and send. A value may be a text, a list of texts, or ``(file name, bytes)`` for a file."""
        data = aiohttp.FormData()
        filled: dict[str, Any] = {**form.fields, **(values or {})}
        has_files = bool(form.files)
        for name, value in filled.items():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, tuple):
                    data.add_field(name, one[1], filename=one[0])
                else:
                    data.add_field(name, str(one), content_type="text/plain" if has_files else None)
        if button is not None:
            chosen = [known for known in form.buttons if button in known[2]]
            assert chosen, f"no button {button!r}; there are {[known[2] for known in form.buttons]}"
            if chosen[0][0]:
                data.add_field(chosen[0][0], chosen[0][1])
        target = urljoin(page.url, form.action or page.url)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(self.base))
        return await self._ask("POST", target, follow=follow, data=data, headers={"Origin": origin})

    async def submit(
        self, address: str, values: dict[str, Any], *, action: str = "", button: str | None = None
    ) -> Page:
        """Open a page, fill in its form and send it."""
        page = await self.open(address)
        assert page.status == 200, f"{address} answered {page.status}: {page.text[:300]}"
        return await self.send(page, page.form(action, with_field=next(iter(values), "")), values, button=button)

    async def log_in(self, name: str, password: str) -> Page:
        return await self.submit("/login", {"username": name, "password": password})

    async def ask(
        self, method: str, address: str, *, data: Any = None, content_type: str | None = None, origin: str | None = None
    ) -> Page:
        """Any request, as a program would make it; redirects are shown, not followed."""
        headers = {"Origin": origin or self.base}
        if content_type is not None:
            headers["Content-Type"] = content_type
        return await self._ask(method, address, follow=False, headers=headers, data=data)

    async def _ask(self, method: str, address: str, *, follow: bool, headers: dict[str, str], data: Any = None) -> Page:
        url = urljoin(self.base + "/", address)
        for _ in range(6):
            parts = urlsplit(url)
            assert f"{parts.scheme}://{parts.netloc}" == self.base, f"led away to {url}"
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            direct = URL(f"http://127.0.0.1:{self._port}{target}", encoded=True)
            async with self._session.request(
                method, direct, data=data, headers={**headers, "Host": parts.netloc}, allow_redirects=False
            ) as answer:
                page = Page(answer.status, url, await answer.read(), dict(answer.headers))
            if not follow or answer.status not in (301, 302, 303, 307, 308):
                return page
            url = urljoin(url, answer.headers["Location"])
            method, data = "GET", None
        raise AssertionError(f"too many redirects to {url}")
