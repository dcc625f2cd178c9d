"""Logging: one line an event, readable on a terminal, JSON elsewhere; secrets never pass."""

import logging.config
import re
import sys
from typing import Any

import structlog

# Keys as vendors write them (sk-, AIza, TMDb's eyJ), our own tokens, bearer headers, logins in URLs.
SECRETS = re.compile(
    r"sk-[\w-]{8,}|AIza[\w-]{20,}|eyJ[\w.-]{20,}|(?<=api_key=)\w+|prt_[\w-]{8,}"
    r"|(?<=Bearer )\S+|(?<=://)[^/@\s]*:[^/@\s]+(?=@)"
)


def hide_secrets(text: str) -> str:
    """Return the text with everything that looks like a key replaced by ***."""
    return SECRETS.sub("***", text)


def plain(text: str) -> str:
    """The text as every database takes it: without NUL, and with a question mark for half a character."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def storable(text: str) -> str:
    """The same without what looks like a key."""
    return hide_secrets(plain(text))


def _redact(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    return {name: hide_secrets(value) if isinstance(value, str) else value for name, value in event.items()}


def _one_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Write control characters as escapes, so that user text cannot forge a log line or move the cursor."""

    def clean(text: str) -> str:
        return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)

    return {
        name: clean(value if name == "exception" else value.replace("\n", "\\n")) if isinstance(value, str) else value
        for name, value in event.items()
    }


def configure() -> None:
    """Send everything to stderr through one formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact,
        _one_line,
    ]
    render: Any = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "django.server": {"level": "WARNING"},
                "rq": {"level": "WARNING"},
                "rq_scheduler": {"level": "WARNING"},
                "httpx2": {"level": "WARNING"},
                "axes": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
