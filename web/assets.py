"""Static files, addressed by the hash of their content and served from memory."""

import hashlib
import mimetypes
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable


class Assets:
    """Every file under web/static, found by package, addressed by the hash of its content and served from memory."""

    def __init__(self) -> None:
        root = files("web") / "static"
        self._content = dict(_walk(root, ""))
        styles = sorted(name for name in self._content if name.startswith("styles/") and name.endswith(".css"))
        first = ["styles/tokens.css", "styles/base.css", "styles/layout.css"]  # tokens.css names the layers' order
        ordered = first + [name for name in styles if name not in first]
        self._content["commensal.css"] = b"\n".join(self._content[name] for name in ordered)
        self._hashes = {name: hashlib.sha256(body).hexdigest()[:16] for name, body in self._content.items()}

    def url(self, name: str) -> str:
        """Raises KeyError for a file that is not there: a page that asks for it is wrong."""
        return f"/static/{self._hashes[name]}/{name}"

    def find(self, name: str) -> tuple[bytes, str, str] | None:
        """Content, type and hash of a file."""
        if name not in self._content:
            return None
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        if name.endswith(".js"):
            kind = "text/javascript"
        return self._content[name], kind, self._hashes[name]


def _walk(folder: Traversable, prefix: str) -> Iterable[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif not entry.name.startswith("."):
            yield prefix + entry.name, entry.read_bytes()


@lru_cache(maxsize=1)
def assets() -> Assets:
    return Assets()
