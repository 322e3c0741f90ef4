"""Takes card numbers, CVVs, tracks and PINs out of what a program logs.

    import blotter
    blotter.install_root_redaction_filter()

What is found and what it becomes is the same as in the blotter program, byte for byte."""

from blotter._engine import RuleError, version as __version__
from blotter.adapter import RedactingStream, loguru_patcher, structlog_processor
from blotter.filter import (
    PCIRedactionFilter,
    install_root_redaction_filter,
    uninstall_root_redaction_filter,
)
from blotter.formatter import JSONFormatter
from blotter.memory import log_memory_cleanup, log_memory_usage
from blotter.redactor import Redactor, redact
from blotter.token import EphemeralTokenizer, HMACTokenizer, Tokenizer

__all__ = [
    "EphemeralTokenizer",
    "HMACTokenizer",
    "JSONFormatter",
    "PCIRedactionFilter",
    "RedactingStream",
    "Redactor",
    "RuleError",
    "Tokenizer",
    "__version__",
    "install_root_redaction_filter",
    "log_memory_cleanup",
    "log_memory_usage",
    "loguru_patcher",
    "redact",
    "structlog_processor",
    "uninstall_root_redaction_filter",
]
