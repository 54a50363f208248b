"""Figures as people read them: a line each, with its goal, its ratio to the limit, and a bar."""

from limits import Limits
from parts import Row
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

_WIDTH = 24
_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Paper:
    """The terminal: progress below, figures above it as they are found."""

    def __init__(self, steps: int) -> None:
        self._console = Console(highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console)
        self._task = self._progress.add_task("", total=steps, completed=-1)
        self._progress.start()

    def close(self) -> None:
        self._progress.advance(self._task)
        self._progress.stop()

    def doing(self, database: str, what: str) -> None:
        self._progress.update(self._task, advance=1, description=f"{database}: {what}")

    def say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)

    def limits(self, database: str, limits: Limits) -> None:
        self.say(f"\n{database}; what this machine can do at best:")
        for name, words in limits.lines().items():
            self.say(f"  {name:<34}{words}")
        self.say(f"  {'':<46}{'measured':>10}  {'goal':>7}   (bar: part of the goal that is used)")

    def failed(self, database: str, name: str, error: Exception) -> None:
        self._console.print(f"  {name} could not be measured: {error!s:.300}", style="red", markup=False)

    def rows(self, rows: list[Row]) -> None:
        for row in rows:
            self._console.print(_line(row), soft_wrap=True)


def _line(row: Row) -> Text:
    line = Text(f"  {row.part:<10} {row.what:<44} ")
    line.append(f"{_figure(row.value):>8}", "bold")
    if row.goal is not None:
        line.append(f"  {'≥' if row.is_floor else '≤'}{_figure(row.goal):>6}  ")
        part = (row.value / row.goal if row.goal else float(row.value > 0)) if not row.is_floor else (
            row.goal / row.value if row.value else 9.0
        )  # fmt: skip
        line.append(_bar(part), "green" if row.is_reached else "red")
    else:
        line.append(" " * (11 + _WIDTH))
    line.append(f" {row.unit}")
    if row.ratio is not None:
        line.append(f"  = {row.ratio:.1f} × {row.limit_name}", "dim")
    return line


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _bar(part: float) -> str:
    eighths = min(int(part * _WIDTH / 2 * 8), _WIDTH * 8)  # the goal stands in the middle
    bar = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    bar = f"{bar:<{_WIDTH}}"
    middle = _WIDTH // 2
    return bar[:middle] + ("│" if bar[middle] == " " else bar[middle]) + bar[middle + 1 :]
