"""For other loggers than Python's own."""

import traceback
from typing import Any, MutableMapping, Optional, TextIO

from blotter.redactor import WITHHELD_ERROR, Redactor, default_redactor


def structlog_processor(logger: Any, name: str,
                        event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor of structlog; the last but the renderer.

        structlog.configure(processors=[…, structlog.processors.format_exc_info,
                                        blotter.structlog_processor, JSONRenderer()])
    """
    redactor = default_redactor()
    try:
        exception = event.get("exc_info")
        if exception:
            text = _format(exception)
            redacted = redactor.redact(text)
            if redacted is not text:
                event.pop("exc_info")
                event["exception"] = redacted
        new = redactor.redact_value(dict(event))
        event.clear()
        event.update(new)
        return event
    except Exception:
        return {"event": WITHHELD_ERROR}


def _format(exception: Any) -> str:
    import sys
    if exception is True:
        exception = sys.exc_info()
    if isinstance(exception, BaseException):
        exception = (type(exception), exception, exception.__traceback__)
    return "".join(traceback.format_exception(*exception))


def loguru_patcher(record: MutableMapping[str, Any]) -> None:
    """A patcher of loguru: `logger.configure(patcher=blotter.loguru_patcher)`.

    An exception that holds card data becomes part of the message, redacted: loguru formats it
    afterwards, from the exception itself. `diagnose=False` keeps the values of variables out."""
    redactor = default_redactor()
    try:
        record["message"] = redactor.redact(record["message"])
        record["extra"] = redactor.redact_value(record["extra"])
        exception = record.get("exception")
        if exception:
            text = _format(exception[:3])
            redacted = redactor.redact(text)
            if redacted is not text:
                record["exception"] = None
                record["message"] += "\n" + redacted
    except Exception:
        record["message"] = WITHHELD_ERROR
        record["extra"] = {}
        record["exception"] = None


class RedactingStream:
    """A text stream for sinks and handlers of any logger: each write is redacted as it is. A write
    has to hold whole lines, as those of loggers do."""

    def __init__(self, stream: TextIO, redactor: Optional[Redactor] = None) -> None:
        self._stream = stream
        self._redactor = redactor or default_redactor()

    def write(self, text: str) -> int:
        self._stream.write(self._redactor.redact(text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
