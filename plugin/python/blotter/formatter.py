"""One JSON object a record, with the keys of the blotter program (ECS, dotted at top level)."""

import json
import logging
import time
from typing import Any, Dict, Mapping, Optional

from blotter.filter import STANDARD
from blotter.redactor import Redactor, default_redactor

LEVELS = {"WARNING": "warn"}


class JSONFormatter(logging.Formatter):
    """The record, redacted whatever filters there are.

    fields: constant members, such as {"service.name": "checkout"}.
    Members by `extra` keep their names; one that is named as a member of ours becomes app.NAME."""

    def __init__(self, fields: Optional[Mapping[str, Any]] = None,
                 redactor: Optional[Redactor] = None) -> None:
        super().__init__()
        self.fields = dict(fields or {})
        self.redactor = redactor or default_redactor()

    def format(self, record: logging.LogRecord) -> str:
        members = self._members(record)
        for key, value in vars(record).items():
            if key not in STANDARD:
                members[f"app.{key}" if key in members else key] = value
        text = json.dumps(members, default=str, ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate cannot be encoded by the handler's stream.
        text = text.encode("utf-8", "replace").decode("utf-8")
        return self.redactor.redact(text)

    def _members(self, record: logging.LogRecord) -> Dict[str, Any]:
        seconds, milliseconds = divmod(int(record.created * 1000), 1000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
        members: Dict[str, Any] = {
            "@timestamp": f"{stamp}.{milliseconds:03d}Z",
            "log.level": LEVELS.get(record.levelname, record.levelname.lower()),
            "message": record.getMessage(),
            "log.logger": record.name,
            "log.origin.file.name": record.filename,
            "log.origin.file.line": record.lineno,
            "log.origin.function": record.funcName,
            "process.pid": record.process,
            "process.thread.name": record.threadName,
            **self.fields,
        }
        if record.exc_info and record.exc_info[0]:
            members["error.type"] = record.exc_info[0].__name__
            members["error.message"] = str(record.exc_info[1])
            members["error.stack_trace"] = self.formatException(record.exc_info)
        elif record.exc_text:
            members["error.stack_trace"] = record.exc_text
        if record.stack_info:
            members["log.origin.stack"] = record.stack_info
        return members
