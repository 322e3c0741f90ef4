"""The process's memory as structured log records."""

import ctypes
import gc
import logging
import re
from pathlib import Path
from typing import Dict, Tuple

_SMAPS = re.compile(r"^(Rss|Pss|Anonymous):\s+(\d+) kB$", re.MULTILINE)
_last: Dict[Tuple[str, str], Dict[str, int]] = {}
LABELS_MAX = 1024


def _usage() -> Dict[str, int]:
    """Bytes; what the system does not tell is absent."""
    usage: Dict[str, int] = {}
    try:
        text = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        text = ""
    for name, kibibytes in _SMAPS.findall(text):
        usage[f"memory.{name.lower()}_bytes"] = int(kibibytes) * 1024
    counts = gc.get_count()
    usage["memory.gc_objects"] = counts[0]
    return usage


def _difference(usage: Dict[str, int], before: Dict[str, int]) -> Dict[str, int]:
    return {key.replace("memory.", "memory.difference.", 1): value - before[key]
            for key, value in usage.items() if key in before and key.endswith("_bytes")}


def log_memory_usage(logger: logging.Logger, label: str, level: int = logging.INFO) -> None:
    """One record with the memory used, and its difference to the last with the same label."""
    if not logger.isEnabledFor(level):
        return
    usage = _usage()
    before = _last.get((logger.name, label), {})
    if (logger.name, label) in _last or len(_last) < LABELS_MAX:
        _last[logger.name, label] = usage
    logger.log(level, "memory usage", extra={
        "memory.label": label, **usage, **_difference(usage, before)}, stacklevel=2)


def _trim() -> bool:
    """Gives free pages back to the system, where the C library can (glibc)."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError):
        return False


def log_memory_cleanup(logger: logging.Logger, label: str, level: int = logging.INFO) -> None:
    """Collects garbage, gives free memory back, and logs what that changed."""
    before = _usage()
    collected = gc.collect()
    trimmed = _trim()
    usage = _usage()
    logger.log(level, "memory cleanup", extra={
        "memory.label": label, "memory.collected_objects": collected, "memory.trimmed": trimmed,
        **usage, **_difference(usage, before)}, stacklevel=2)
