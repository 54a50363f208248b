"""Files of others are exactly the files that web/static/vendor/vendor.toml says they are."""

import base64
import hashlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "web/static/vendor", ROOT / "tests/browser/vendor")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_each_file_is_named_hashed_and_licensed(folder: Path) -> None:
    entries = tomllib.loads((folder / "vendor.toml").read_text("utf-8"))
    licences = {entry["licence"] for entry in entries.values()}
    assert {path.name for path in folder.iterdir()} == {*entries, *licences, "vendor.toml"}
    for name, entry in entries.items():
        assert entry["package"]
        assert entry["version"]
        digest = base64.b64encode(hashlib.sha512((folder / name).read_bytes()).digest()).decode()
        assert digest == entry["sha512"], name
