"""House rules about the source that no linter knows; CONTRIBUTING.md says why they are."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("schemas", "node", "federation", "web")


@cache
def modules(*roots: str) -> tuple[Path, ...]:
    return tuple(
        path
        for root in roots or PACKAGES
        for path in sorted((ROOT / root).rglob("*.py"))
        if not {"__pycache__", "node_modules"} & set(path.parts)
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=name(path))


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository; without git every file that looks like one."""
    try:
        found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return tuple(path for part in found.split("\0") if part and (path := ROOT / part).is_file())


def every(kind: type[ast.AST], *roots: str) -> Iterator[tuple[str, ast.AST]]:
    """Each node of a kind, with its place."""
    for path in modules(*roots):
        for found in ast.walk(tree(path)):
            if isinstance(found, kind):
                yield f"{name(path)}:{getattr(found, 'lineno', 0)}", found


def test_each_module_says_in_one_sentence_what_it_is_for() -> None:
    wrong = []
    for path in modules(*PACKAGES, "tests", "bench"):
        if path.name == "__init__.py":
            continue
        first = (ast.get_docstring(tree(path)) or "").partition("\n")[0]
        if not re.fullmatch(r"[A-Z`“\"].{8,}[.?:]", first):
            wrong.append(name(path))
    assert not wrong


def test_nothing_happens_on_import_of_a_package() -> None:
    assert [name(path) for path in modules() if path.name == "__init__.py" and path.read_text().strip()] == []


def test_there_is_no_package_under_tests() -> None:
    assert [name(path) for path in modules("tests") if path.name == "__init__.py"] == []


def test_the_name_web_is_never_imported_from_aiohttp() -> None:
    wrong = [
        place
        for place, found in every(ast.ImportFrom, *PACKAGES, "tests", "bench")
        if isinstance(found, ast.ImportFrom)
        and found.module == "aiohttp"
        and any(alias.name == "web" for alias in found.names)
    ]
    assert not wrong


DIALS = {"create_connection", "open_connection", "create_datagram_endpoint", "start_connection", "sock_connect"}
OUTWARD = {
    "federation/client.py": "the one door to other hosts, where every limit is kept",
    "node/doctor.py": "asks at the node's own address, as a visitor would",
}


def test_only_one_module_talks_to_other_hosts() -> None:
    clients = {"ClientSession", "TCPConnector", "UnixConnector", "request", "ClientRequest"}
    foreign = {"requests", "httpx", "urllib3", "http.client", "urllib.request", "ftplib", "smtplib", "telnetlib"}
    wrong = []
    for path in modules():
        if name(path) in OUTWARD:
            continue
        for found in ast.walk(tree(path)):
            bad = (
                (isinstance(found, ast.ImportFrom) and found.module == "aiohttp"
                 and clients & {alias.name for alias in found.names})
                or (isinstance(found, ast.Attribute) and found.attr in clients
                    and isinstance(found.value, ast.Name) and found.value.id == "aiohttp")
                or (isinstance(found, ast.Attribute) and found.attr in DIALS and name(path) != "federation/lines.py")
                or (isinstance(found, ast.Import) and foreign & {alias.name for alias in found.names})
                or (isinstance(found, ast.ImportFrom) and found.module in foreign)
            )  # fmt: skip
            if bad:
                wrong.append(f"{name(path)}:{found.lineno}")
    assert not wrong


def test_only_the_unit_of_work_commits() -> None:
    wrong = [
        place
        for place, found in every(ast.Call)
        if isinstance(found, ast.Call)
        and isinstance(found.func, ast.Attribute)
        and found.func.attr in ("commit", "begin_nested", "autocommit")
        and not place.startswith("node/work.py:")
    ]
    assert not wrong


def test_no_relationship_crosses_a_slice() -> None:
    wrong = [
        place
        for place, found in every(ast.ImportFrom)
        if isinstance(found, ast.ImportFrom)
        and found.module == "sqlalchemy.orm"
        and any(alias.name in ("relationship", "backref") for alias in found.names)
    ]
    assert not wrong


def test_words_that_say_nothing_are_not_names() -> None:
    # Names that a library calls.
    given = {"process_bind_param", "process_result_value", "handle_error"} | {
        name for name in dir(HTMLParser) if "handle_" in name
    }
    wrong = []
    for path in modules():
        if re.fullmatch(r"(helpers?|utils?|common|misc|base|manager)\.py", path.name):
            wrong.append(name(path))
        for found in ast.walk(tree(path)):
            if isinstance(found, ast.ClassDef) and re.search(r"Manager|Helper|Util|^Abstract|Impl$", found.name):
                wrong.append(f"{name(path)}:{found.lineno} {found.name}")
            if (
                isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)
                and re.match(r"_?(handle|process)_", found.name)
                and found.name not in given
            ):
                wrong.append(f"{name(path)}:{found.lineno} {found.name}")
    assert not wrong


def test_there_is_no_work_left_to_do_in_a_comment() -> None:
    word = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b|NotImplemented" + r"Error")
    wrong = [
        f"{name(path)}:{number}"
        for path in modules(*PACKAGES, "tests", "bench")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if word.search(line)
    ]
    assert not wrong


def test_no_file_names_a_package_registry() -> None:
    hosts = [part + end for part, end in (("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".com"),
                                          ("npmjs", ".org"), ("crates", ".io"), ("deb.debian", ".org"))]  # fmt: skip
    wrong = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        wrong += [f"{name(path)}: {host}" for host in hosts if host in text]
    assert not wrong


def test_pictures_in_the_documentation_are_small() -> None:
    assert [name(path) for path in (ROOT / "docs").glob("*.png") if path.stat().st_size > 300_000] == []


def test_the_table_of_faults_names_tests_that_exist() -> None:
    named = set(re.findall(r"`([\w/]*test_\w+)(?:::(\w+))?`", (ROOT / "SECURITY.md").read_text()))
    there = {f"/{path.relative_to(ROOT)}": path.read_text() for path in (ROOT / "tests").rglob("test_*.py")}

    def is_there(file: str, test: str) -> bool:
        found = [text for path, text in there.items() if path.endswith(f"/{file}.py")]
        return any(f"def test_{test}(" in text if test else True for text in found)

    assert len([test for _, test in named if test]) > 100
    assert [each for each in named if not is_there(*each)] == []
