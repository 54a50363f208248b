"""The locks are complete, hashed, free of addresses, and every dependency has a reason."""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def folded(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: Path) -> dict[str, set[str]]:
    """Package → versions (a universal lock may have one per Python)."""
    found: dict[str, set[str]] = {}
    for line in lock.read_text("utf-8").splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", line):
            found.setdefault(folded(match[1]), set()).add(match[2])
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_pins_with_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert not re.search(r"https?:|file:|--index|--find-links|@ ", text)
    entries = text.replace("\\\n", " ").strip().splitlines()
    assert entries
    assert all("==" in entry for entry in entries)
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_runs_is_what_is_tested() -> None:
    runtime, dev = pins(ROOT / "locks/runtime.txt"), pins(ROOT / "locks/dev.txt")
    assert {name: versions for name, versions in runtime.items() if dev.get(name) != versions} == {}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    def names(requirements: list[str]) -> set[str]:
        return {folded(re.split(r"[\[<>=~!; ]", requirement, maxsplit=1)[0]) for requirement in requirements}

    runtime, dev = pins(ROOT / "locks/runtime.txt"), pins(ROOT / "locks/dev.txt")
    assert names(PROJECT["project"]["dependencies"]) <= set(runtime)
    assert names(PROJECT["dependency-groups"]["dev"]) <= set(dev)


def test_the_locks_are_complete() -> None:
    """make installs them without asking for dependencies of dependencies."""
    dev = pins(ROOT / "locks/dev.txt")
    missing = []
    for name in dev:
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue  # for another platform or Python
        for requirement in requirements:
            wanted = folded(re.split(r"[\[<>=~!;( ]", requirement, maxsplit=1)[0])
            if "extra ==" not in requirement and "; " not in requirement and wanted not in dev:
                missing.append(f"{name} needs {wanted}")
    assert not missing


def test_each_dependency_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    wrong = [
        line.strip()
        for line in lines
        if re.match(r'    "[a-z0-9-]+(\[.*\])?>=', line) and not re.search(r"# .{10,}", line)
    ]
    assert not wrong


def test_each_ignored_lint_rule_has_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text[text.index("ignore = [") : text.index("[tool.ruff.lint.per-file-ignores]")]
    wrong = [line.strip() for line in block.splitlines() if line.strip().startswith('"') and "# " not in line]
    assert not wrong


def test_no_other_distribution_has_packages_of_our_names() -> None:
    """schemas, node, federation and web are common words; ship the program in an environment of its own."""
    ours = {"schemas", "node", "federation", "web"}
    owners = {name: who for name, who in metadata.packages_distributions().items() if name in ours}
    assert {name: who for name, who in owners.items() if set(who) != {"commensal"}} == {}
    for name in ours:
        module = __import__(name)
        assert Path(next(iter(module.__path__))).resolve() == ROOT / name


def test_the_version_is_said_once() -> None:
    assert metadata.version("commensal") == PROJECT["project"]["version"]
    assert f"## {PROJECT['project']['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_this_python_is_one_we_promise() -> None:
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert sys.version_info >= (3, 11)


def test_the_lock_of_programs_that_are_not_ours_has_hashes_and_no_address() -> None:
    text = (ROOT / "tests" / "interop" / "package-lock.json").read_text()
    assert "://" not in text
    entries = [entry for name, entry in json.loads(text)["packages"].items() if name]
    assert entries
    assert all(entry["integrity"].startswith("sha512-") for entry in entries)
