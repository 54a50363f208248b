"""The command line, and the place where the node is put together."""

import asyncio
import contextlib
import gc
import json
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from node import logs  # before anything else of ours, see there
from node.config import Config, load_config
from node.errors import Invalid, Misconfigured, NodeError, NotFound
from node.words import N_, Message

if TYPE_CHECKING:
    from rich.console import Console

    from node.work import Node

FAILED, WRONG_USAGE = 1, 2

ALL_SCOPES = "read write follow push"

app = typer.Typer(
    name="commensal",
    help="The node an association runs for its members.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
members = typer.Typer(help="Members, from the command line.", no_args_is_help=True)
app.add_typer(members, name="member")

ConfigFile = Annotated[
    Path | None, typer.Option("--config", help="The settings file; ./commensal.toml where there is one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for scripts.")]


# the node as a process


@app.command()
def run(config: ConfigFile = None) -> None:
    """Web and worker together: the whole node for a small association."""
    _serve(config, answers=True, works=True)


@app.command()
def web(config: ConfigFile = None) -> None:
    """Answers requests only; any number of these may run over one PostgreSQL."""
    _serve(config, answers=True, works=False)


@app.command()
def worker(config: ConfigFile = None) -> None:
    """Delivers, receives and keeps house only; any number of these may run over one PostgreSQL."""
    _serve(config, answers=False, works=True)


@app.command("demo")
def demo(
    port: Annotated[int, typer.Option(help="Of the first node; the second one takes the next.")] = 8080,
    folder: Annotated[Path | None, typer.Option(help="Where the data of both lies; demo-data where not said.")] = None,
) -> None:
    """Two associations with members, offers and posts, on this machine, until Ctrl-C."""
    from node.demo import running

    raise typer.Exit(running.run(port, folder))


@app.command("demo-house", hidden=True)
def demo_house(
    house: str,
    hosts: list[str],
    began: Annotated[str | None, typer.Option(help="The moment to fill the node for; not filled without.")] = None,
) -> None:
    """One node of the demo, told what to do by the program that started it."""
    config = _settings(None)
    known = dict(pair.split("=", 1) for pair in hosts)
    _until_done(_demo_house(config, house, known, datetime.fromisoformat(began) if began else None))


def _serve(file: Path | None, *, answers: bool, works: bool) -> None:
    gc.set_threshold(
        50_000, 20, 100
    )  # until it has started: what is loaded stays, and walking through it takes a quarter
    _until_done(_serving(_settings(file), answers=answers, works=works))


async def _serving(config: Config, *, answers: bool, works: bool) -> None:
    from web.serving import running

    await _prepare(config)
    async with running(config, answers=answers, works=works) as it:
        await it.until_stopped()


async def _demo_house(config: Config, house: str, hosts: dict[str, str], began: datetime | None) -> None:
    from node.demo.filling import Line, fill
    from web.serving import running

    await _prepare(config)
    async with running(config) as it:
        line = Line()
        await line.open(it.stop.set)
        line.say(ready=True)
        try:
            if began is not None and it.worker is not None:
                filling = asyncio.create_task(fill(it.node, house, hosts, began, it.worker.directory.find, line))
                stopping = asyncio.create_task(it.until_stopped())
                await asyncio.wait([filling, stopping], return_when=asyncio.FIRST_COMPLETED)
                stopping.cancel()
                if not filling.done():
                    filling.cancel()
                    return
                filling.result()
            await it.until_stopped()
        finally:
            await line.close()


async def _prepare(config: Config) -> None:
    from node import migrate
    from node.development import refuse_in_public

    await refuse_in_public(config)
    await migrate.ensure(config)


def _until_done(main: Coroutine[Any, Any, None]) -> None:
    import uvloop

    with contextlib.suppress(KeyboardInterrupt), _complaining():
        uvloop.run(main)


# one thing at a time


@app.command()
def migrate(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Brings the database to the newest schema."""
    from node import migrate as migrations

    settings = _settings(config)
    with _complaining():
        before = asyncio.run(migrations.current(settings)) if _has_database(settings) else None
        after = asyncio.run(migrations.migrate(settings))
    if as_json:
        _say_json({"before": before, "after": after})
    elif before == after:
        _say(f"The database is at schema {after} already.")
    else:
        _say(f"The database is at schema {after} now.")


@members.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A user name, or the person's name to make one from.")],
    email: Annotated[str, typer.Option(help="Where letters to them go.")],
    password: Annotated[
        str | None, typer.Option(help="Without one they choose it by the link for forgotten passwords.")
    ] = None,
    full_name: Annotated[str | None, typer.Option("--name", help="What people call them.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="Make them an administrator.")] = False,
    officer: Annotated[bool, typer.Option("--officer", help="Let them work in the office.")] = False,
    token: Annotated[bool, typer.Option("--token", help="Make a client-API token too.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """A member, confirmed and ready."""
    role = "admin" if admin else "officer" if officer else "member"
    settings = _settings(config)
    with _complaining():
        found = asyncio.run(_add(settings, name, full_name, email, password, role, token))
    if as_json:
        _say_json(found)
        return
    _say(f"{found['handle']} is a member now.")
    if token:
        _say(f"Token: {found['token']}")


async def _add(
    config: Config, name: str, full_name: str | None, email: str, password: str | None, role: str, wants_token: bool
) -> dict[str, str | None]:
    from node.accounts import passwords, scopes, tokens
    from node.actors import usernames
    from node.actors.keys import make_keys
    from node.actors.queries import by_id
    from node.members.adding import Newcomer, add_member

    hashed = await passwords.hash_password(passwords.check(password, email, name)) if password else None
    try:
        username = usernames.check(name)
    except Invalid:
        username = ""  # a person's name: a user name is made from it
    keys = await make_keys()
    async with _opened(config) as node, node.writing() as work:
        newcomer = Newcomer(name=full_name or name, email=email, username=username, password_hash=hashed, role=role)
        account = await add_member(work, newcomer, keys)
        actor = await by_id(work, account.actor_id)
        assert actor is not None
        made = await tokens.make(work, account.id, "command line", scopes.read(ALL_SCOPES)) if wants_token else None
        return {"username": actor.username, "handle": actor.handle, "actor": actor.uri, "token": made}


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="The member's user name.")],
    scope: Annotated[str, typer.Option(help="What it may do, parted by spaces.")] = ALL_SCOPES,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """A client-API token for a member."""
    settings = _settings(config)
    with _complaining():
        made = asyncio.run(_token(settings, name, scope))
    if as_json:
        _say_json({"token": made, "scope": scope})
    else:
        _say(made)


async def _token(config: Config, name: str, scope: str) -> str:
    from node.accounts import scopes, service, tokens

    chosen = scopes.read(scope)
    async with _opened(config) as node, node.writing() as work:
        account = await service.by_username(work, name)
        if account is None:
            raise NotFound(Message(N_("There is no member %(name)s."), {"name": name}))
        return await tokens.make(work, account.id, "command line", chosen)


@app.command("import")
def import_members(
    file: Annotated[Path, typer.Argument(help="A CSV file with a row of headings.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Members and companies from a file. Nobody gets a letter by it."""
    settings = _settings(config)
    try:
        data = file.read_bytes()
    except OSError as error:
        _complain(f"{file} cannot be read: {error.strerror}.")
        raise typer.Exit(WRONG_USAGE) from error
    with _complaining():
        asyncio.run(_import(settings, file.name, data, dry_run, as_json))


async def _import(config: Config, name: str, data: bytes, dry_run: bool, as_json: bool) -> None:
    from node.members import imports, sheet

    async with _opened(config) as node:
        async with node.writing() as work:
            import_id = await imports.draft(work, None, name, data)
        async with node.reading() as work:
            report = await imports.try_first(work, import_id)
            view = await imports.view(work, import_id)
        facts: dict[str, Any] = {
            "ready": report.ready, "new": report.new, "known": report.known, "companies": report.companies,
            "columns": view.columns,
            "problems": [{"row": each.row, "column": each.column, "value": each.value, "reason": str(each.reason)}
                         for each in report.problems],
        }  # fmt: skip
        if not as_json:
            for heading in view.headings:
                target = sheet.TARGETS.get(view.columns.get(heading, ""), "left out")
                _say(f"  {heading} → {target}")
            for each in report.problems:
                shown = f" “{each.value}”" if each.value else ""
                _say(f"  Row {each.row}, {each.column or 'row'}{shown}: {each.reason}")
            _say(f"{report.ready} ready, {report.bad_rows} need a look.")
        if dry_run or not report.ready:
            async with node.writing() as work:
                await imports.discard(work, import_id)
            if as_json:
                _say_json(facts)
            if not dry_run:
                raise typer.Exit(FAILED)
            return
        async with node.writing() as work:
            await imports.start(work, import_id)
        view = await _carry_on(node, import_id, view.total, quiet=as_json)
    if as_json:
        _say_json(facts | {"created": view.created, "updated": view.updated, "skipped": view.skipped})
    else:
        _say(f"{view.created} members are new, {view.updated} were completed, {view.skipped} rows were left out.")


async def _carry_on(node: "Node", import_id: int, total: int, *, quiet: bool) -> Any:
    from rich.progress import Progress

    from node.members import imports

    with Progress(console=_console(), disable=quiet) as progress:
        bar = progress.add_task("Members come in", total=total)
        while True:
            await imports.carry_on(node)
            async with node.reading() as work:
                view = await imports.view(work, import_id)
            progress.update(bar, completed=view.position)
            if view.state != "running":
                return view


@app.command("rotate-keys")
def rotate_keys(
    usernames: Annotated[
        list[str] | None, typer.Argument(help="Whose; “node” for the node itself. Everybody's where not said.")
    ] = None,
    blind: Annotated[
        bool, typer.Option("--blind", help="The old keys were lost or stolen: nothing of them stays valid.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """New keys to sign with; other servers are told."""
    settings = _settings(config)
    with _complaining():
        found = asyncio.run(_rotate_keys(settings, usernames or [], blind))
    if as_json:
        _say_json(found)
    else:
        _say(f"New keys for {', '.join(found)}.")


async def _rotate_keys(config: Config, usernames: list[str], is_blind: bool) -> list[str]:
    import sqlalchemy as sa

    from node import identities
    from node.actors import queries
    from node.actors.keys import make_keys
    from node.actors.model import Actor

    done: list[str] = []
    async with _opened(config) as node:
        async with node.reading() as work:
            if usernames:
                actors = []
                for name in usernames:
                    name = work.uris.host if name == "node" else name
                    actor = await queries.local(work, name)
                    if actor is None:
                        raise NotFound(Message(N_("Nobody here is called %(name)s."), {"name": name}))
                    actors.append(actor)
            else:
                everybody = sa.select(Actor).where(Actor.is_local, Actor.gone_at.is_(None))
                actors = list(await work.session.scalars(everybody))
        for actor in actors:
            keys = await make_keys()
            async with node.writing() as work:
                row = await work.session.get_one(Actor, actor.id)
                await identities.renew(work, row, keys, is_blind=is_blind)
            done.append(actor.username)
    return done


@app.command()
def doctor(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Finds what is misconfigured and says how to mend it."""
    from node import doctor as practice

    try:
        settings = load_config(config)
    except Misconfigured as error:
        if as_json:
            _say_json([{"about": "settings", "state": practice.WRONG, "text": str(error), "mend": None}])
        else:
            _complain(str(error))
        raise typer.Exit(FAILED) from error
    findings = asyncio.run(practice.examine(settings))
    if as_json:
        _say_json(
            [
                {
                    "about": finding.about,
                    "state": finding.state,
                    "text": str(finding.text),
                    "mend": str(finding.mend) if finding.mend else None,
                }
                for finding in findings
            ]
        )
    else:
        marks = {practice.GOOD: "[green]✓[/]", practice.ATTENTION: "[yellow]![/]", practice.WRONG: "[red]✗[/]"}
        console = _console()
        for finding in findings:
            console.print(f"{marks[finding.state]} [bold]{finding.about}[/]", end="  ")
            console.print(str(finding.text), highlight=False, markup=False, soft_wrap=True)
            if finding.mend is not None and finding.state != practice.GOOD:
                console.print(f"    {finding.mend}", style="dim", highlight=False, markup=False, soft_wrap=True)
    if any(finding.state == practice.WRONG for finding in findings):
        raise typer.Exit(FAILED)


# shared


def _settings(file: Path | None) -> Config:
    with _complaining():
        config = load_config(file)
    logs.set_up(config.log_format, config.log_level)
    return config


@contextlib.asynccontextmanager
async def _opened(config: Config) -> AsyncIterator["Node"]:
    """The node with its association, for one command."""
    from node.associations.service import found
    from node.work import Node

    await _prepare(config)
    node = Node(config)
    await node.open()
    try:
        await found(node)
        yield node
    finally:
        await node.close()


@contextlib.contextmanager
def _complaining() -> Any:
    """What the node refuses is said on standard error, without a traceback, and the command has failed."""
    try:
        yield
    except Invalid as error:
        for field, text in error.fields.items():
            _complain(f"{field}: {text}")
        if not error.fields:
            _complain(str(error.message))
        raise typer.Exit(FAILED) from error
    except NodeError as error:
        _complain(str(error.message))
        raise typer.Exit(FAILED) from error


def _has_database(config: Config) -> bool:
    return not config.is_sqlite or Path(config.database.partition("///")[2]).exists()


def _say(text: str) -> None:
    typer.echo(text)


def _say_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


def _complain(text: str) -> None:
    typer.echo(text, err=True)


def _console() -> "Console":
    from rich.console import Console

    return Console()


def main() -> None:
    app()


if __name__ == "__main__":
    main()
