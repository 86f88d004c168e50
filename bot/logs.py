"""Logs: one JSON object a line, a fixed event name, fields, and no personal data."""

import json
import logging
import sys
from datetime import UTC, datetime

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
PII = "pii"


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON.

    Fields whose key has `pii` in it are left out. An exception is named by its class only, since
    its text may hold what a customer said.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        extra = vars(record).items()
        fields |= {key: value for key, value in extra if key not in _OWN and not _is_pii(key)}
        if record.exc_info and record.exc_info[0]:
            fields["class"] = record.exc_info[0].__name__
        return json.dumps(fields, ensure_ascii=False, default=str)


def _is_pii(key: str) -> bool:
    return PII in key.split("_")


def start_logging(level: str) -> None:
    """Send everything from this level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("aiohttp.access").disabled = True
    for chatty in ("httpx2", "httpx", "anthropic", "openai", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
