"""Logs: one line per event on standard error, whoever says it."""

import logging
import sys
from typing import Any

# structlog would load rich and pygments for colourful tracebacks, which a node never writes: 3 MiB of its 100.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def set_up(log_format: str, log_level: str) -> None:
    """Send our events, and those of the libraries, to standard error as ``text`` (key=value) or ``json``."""
    level = _LEVELS[log_level]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # a traceback is one field, so an event stays one line
    ]
    last: Any = _json if log_format == "json" else _text
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Handler()]
    root.setLevel(max(level, logging.WARNING))  # libraries speak up only when something is wrong


class _Handler(logging.Handler):
    """Passes events of libraries on to ours."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        exc_info = record.exc_info if record.exc_info and record.exc_info[0] else None
        log.log(record.levelno, record.getMessage(), logger=record.name, **({"exc_info": exc_info} if exc_info else {}))


def _text(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    words = [str(event.pop("timestamp", "")), str(event.pop("level", "")), _value(event.pop("event", ""))]
    words += [f"{key}={_value(value)}" for key, value in event.items()]
    return " ".join(words)


def _value(value: Any) -> str:
    text = str(value)
    if text and not any(letter in ' "=\n\r\t' for letter in text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def _json(_logger: Any, _name: str, event: dict[str, Any]) -> str:
    import orjson

    return orjson.dumps(event, default=str).decode()
