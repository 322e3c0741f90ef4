"""For Python's logging: what a record says, its arguments, its extra fields and its exception."""

import functools
import logging
from typing import Any, Callable, Dict, Optional, Union

from blotter.redactor import WITHHELD_ERROR, Redactor, default_redactor

# What every record has; anything else came by `extra`.
STANDARD = frozenset(vars(logging.LogRecord("", 0, "", 0, "", (), None))) | {
    "message", "asctime", "taskName"}
NAMES = ("name", "threadName", "processName", "taskName")
PLAIN = (str, int, float, bytes, type(None))
_format_exception = logging.Formatter().formatException


class PCIRedactionFilter(logging.Filter):
    """For a logger or a handler. A record that cannot be redacted is withheld, never passed on.

    The message is formatted here, so only for records that are enabled. A record in which nothing
    is found keeps its message, its arguments and its exception as they are."""

    def __init__(self, redactor: Optional[Redactor] = None, **options: Any) -> None:
        super().__init__()
        if redactor is not None and options:
            raise TypeError("a redactor, or what one is made from")
        self.redactor = Redactor(**options) if options else redactor or default_redactor()
        self.withheld = 0
        # Names of loggers and threads repeat.
        self._name = functools.lru_cache(maxsize=1024)(self.redactor.redact)

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            return self._redact(record)
        except Exception:  # what an argument's __str__ raises, too
            self._withhold(record)
            return True

    def _redact(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        redacted, dropped = self.redactor.redact_record(message)
        if dropped:
            return False
        if redacted is not message or (record.args and not self._arguments_are_clean(record.args)):
            record.msg, record.args = redacted, None
        elif not isinstance(record.msg, str):
            record.msg = message  # an object: what others would print of it is not known
        fields: Dict[str, Any] = record.__dict__
        for key in NAMES:
            value = fields.get(key)
            if isinstance(value, str):
                fields[key] = self._name(value)
        if "message" in fields:  # another handler has formatted it before
            fields["message"] = redacted
        for key in [key for key in fields if key not in STANDARD]:
            value = fields[key]
            new = self.redactor.redact_value(value, str(key))
            name = self.redactor.redact(key)
            if name is not key:
                del fields[key]
            if name is not key or new is not value:
                fields[name] = new
        self._redact_exception(record)
        return True

    def _arguments_are_clean(self, arguments: Any) -> bool:
        """Whether others may see them: a formatter may print less of an argument than there is."""
        values = arguments.values() if isinstance(arguments, dict) else arguments
        for value in values:
            if not isinstance(value, PLAIN):
                return False
            if self.redactor.redact_value(value) is not value:
                return False
        if isinstance(arguments, dict):
            return self.redactor.redact_value(arguments) is arguments
        return True

    def _redact_exception(self, record: logging.LogRecord) -> None:
        if record.stack_info:
            record.stack_info = self.redactor.redact(str(record.stack_info))
        if record.exc_text:
            record.exc_text = self.redactor.redact(str(record.exc_text))
        if not record.exc_info:
            return
        text = _format_exception(record.exc_info)  # type: ignore[arg-type]
        redacted = self.redactor.redact(text)
        if redacted is not text:
            # Formatters print exc_text where it is set; the exception itself still holds the value.
            record.exc_text = redacted
            record.exc_info = None

    def _withhold(self, record: logging.LogRecord) -> None:
        self.withheld += 1
        fields = record.__dict__
        for key in [key for key in fields if key not in STANDARD] + ["message"]:
            fields.pop(key, None)
        for key in NAMES:
            if key in fields:
                fields[key] = WITHHELD_ERROR
        record.msg, record.args = WITHHELD_ERROR, None
        record.exc_info = record.exc_text = record.stack_info = None


_installed: Optional[PCIRedactionFilter] = None
_call_handlers: Optional[Callable[..., None]] = None


def install_root_redaction_filter(
    redactor: Union[Redactor, PCIRedactionFilter, None] = None, **options: Any
) -> PCIRedactionFilter:
    """Redacts every record before any handler of any logger sees it.

    A filter of the root logger would see only what is logged to that logger itself, and a filter
    of its handlers misses those that are added later; so this stands where a record goes to
    handlers, whichever they are. A second call replaces the filter. Returns it, for its counters."""
    global _installed, _call_handlers
    wanted = redactor if isinstance(redactor, PCIRedactionFilter) else None
    _installed = wanted or PCIRedactionFilter(redactor, **options)  # type: ignore[arg-type]
    if _call_handlers is None:
        call_handlers = _call_handlers = logging.Logger.callHandlers

        @functools.wraps(call_handlers)
        def redacted_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
            if _installed is None or _installed.filter(record):
                call_handlers(self, record)

        logging.Logger.callHandlers = redacted_handlers  # type: ignore[method-assign]
    return _installed


def uninstall_root_redaction_filter() -> None:
    """For tests. Where others have wrapped handlers since, only the filter goes."""
    global _installed, _call_handlers
    _installed = None
    present = logging.Logger.callHandlers
    if _call_handlers is not None and getattr(present, "__wrapped__", None) is _call_handlers:
        logging.Logger.callHandlers = _call_handlers  # type: ignore[method-assign]
        _call_handlers = None
