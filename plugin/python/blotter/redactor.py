"""A compiled rule set with its tokenizer and its counters."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union

from blotter._engine import Engine
from blotter.token import HMACTokenizer, Tokenizer

Text = TypeVar("Text", str, bytes)
Finding = Tuple[int, int, bytes, str, int, int]  # as the engine's find gives them

REASONS = ("redacted", "limit", "length", "encoding", "depth")
DROP_RECORD = 1
DEPTH_MAX = 32
WITHHELD_DEPTH = "[WITHHELD depth]"
WITHHELD_ERROR = "[WITHHELD error]"
RULE_FILE_BYTES_MAX = 4 << 20
_SEPARATORS = bytes.maketrans(b"", b"")


def _digits(source: bytes) -> Optional[str]:
    """The digits of a number that is written plainly."""
    bare = source.translate(_SEPARATORS, b" -.\t")
    return bare.decode("ascii") if bare.isdigit() else None


class Redactor:
    """Redacts text and values. Threads may share one.

    packs: built-in packs; "pci" is the default.
    rules: paths of rule files in YAML.
    actions: what is done with the findings of a rule, such as {"pan": "token"}.
    keep: what is shown of a card number: "last4", "first6_last4" or "first8_last4".
    tokenizer: makes a token of every card number instead.

    Raises RuleError with every error of the rules, a line each, and OSError for a file that cannot
    be read."""

    def __init__(
        self,
        packs: Sequence[str] = ("pci",),
        rules: Sequence[Union[str, Path]] = (),
        *,
        actions: Optional[Mapping[str, str]] = None,
        keep: Optional[str] = None,
        masked: Optional[str] = None,
        tokenizer: Optional[Tokenizer] = None,
        i_accept_pan_in_clear: bool = False,
    ) -> None:
        if isinstance(packs, str):
            packs = (packs,)
        if isinstance(rules, (str, Path)):
            rules = (rules,)
        wanted = dict(actions or {})
        key_id, key = None, None
        self._token: Optional[Callable[[str], str]] = None
        if isinstance(tokenizer, HMACTokenizer) and "token" not in vars(tokenizer):
            key_id, key = tokenizer.key_id, tokenizer.key
            wanted.setdefault("pan", "token")
        elif tokenizer is not None:
            self._token = tokenizer.token
        self.engine = Engine(
            list(packs), [(str(path), self._read(path)) for path in rules],
            list(wanted.items()), keep, masked, key_id, key, i_accept_pan_in_clear)
        self._lock = threading.Lock()
        self._found: "Counter[Tuple[str, str]]" = Counter()

    @staticmethod
    def _read(path: Union[str, Path]) -> bytes:
        with open(path, "rb") as file:
            data = file.read(RULE_FILE_BYTES_MAX + 1)
        if len(data) > RULE_FILE_BYTES_MAX:
            raise ValueError(f"{path}: a rule file has at most {RULE_FILE_BYTES_MAX} bytes")
        return data

    def redact(self, text: Text) -> Text:
        """The text, and where nothing was found the same object."""
        found = self.engine.find(text)
        return text if found is None else self._account(text, *found)[0]

    def redact_record(self, text: Text) -> Tuple[Text, bool]:
        """The text, and whether a rule wants the whole record dropped."""
        found = self.engine.find(text)
        return (text, False) if found is None else self._account(text, *found)

    def _account(self, text: Text, redacted: Text, findings: List[Finding]) -> Tuple[Text, bool]:
        with self._lock:
            for _, _, _, rule, reason, _ in findings:
                self._found[rule, REASONS[reason]] += 1
        dropped = any(effects & DROP_RECORD for *_, effects in findings)
        if self._token is None or dropped:
            return redacted, dropped
        source = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        tokens = self._tokens(source, findings)
        if isinstance(text, str):
            return tokens.decode("utf-8", "surrogatepass"), False
        return tokens, False

    def _tokens(self, source: bytes, findings: List[Finding]) -> bytes:
        assert self._token is not None
        out, end = [], 0
        for offset, size, replacement, rule, reason, _ in findings:
            digits = _digits(source[offset:offset + size])
            if rule == "pan" and reason == 0 and digits:
                token = self._token(digits).encode("utf-8")
                # A quoted replacement was a bare number in JSON.
                replacement = b'"' + token + b'"' if replacement[:1] == b'"' else token
            out += [source[end:offset], replacement]
            end = offset + size
        out.append(source[end:])
        text = b"".join(out)
        if self.engine.redact(text) is not text:
            raise ValueError("what the tokenizer makes looks like card data")
        return text

    def redact_field(self, path: str, value: Text) -> Text:
        """The value of a field whose key path is known, such as payment.card.number."""
        redacted = self.engine.redact_field(path, value)
        if redacted is value:
            return value
        with self._lock:
            self._found["field", "redacted"] += 1
        return redacted

    def redact_value(self, value: Any, path: str = "", depth: int = 0) -> Any:
        """A value of any type below the key path. What holds nothing stays the same object."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (str, bytes)):
            return self.redact_field(path, value) if path else self.redact(value)
        if isinstance(value, (bytearray, memoryview)):
            text = bytes(value)
            redacted = self.redact_value(text, path)
            return value if redacted is text else redacted
        if depth >= DEPTH_MAX:
            return WITHHELD_DEPTH
        if isinstance(value, Mapping):
            return self._redact_mapping(value, path, depth)
        if isinstance(value, (list, tuple, set, frozenset)):
            items = [self.redact_value(item, path, depth + 1) for item in value]
            if all(new is old for new, old in zip(items, value)):
                return value
            return type(value)(items) if type(value) in (list, tuple, set, frozenset) else items
        text = str(value)
        redacted = self.redact_value(text, path)
        return value if redacted is text else redacted

    def _redact_mapping(self, value: Mapping[Any, Any], path: str, depth: int) -> Any:
        changed, items = False, {}
        for key, item in value.items():
            new_key = self.redact(key) if isinstance(key, (str, bytes)) else key
            below = f"{path}.{key}" if path else str(key)
            new_item = self.redact_value(item, below, depth + 1)
            changed = changed or new_key is not key or new_item is not item
            items[new_key] = new_item
        return items if changed else value

    def found(self) -> Dict[str, Dict[str, int]]:
        """How often each rule found something: {"pan": {"redacted": 2}}."""
        with self._lock:
            result: Dict[str, Dict[str, int]] = {}
            for (rule, reason), count in self._found.items():
                result.setdefault(rule, {})[reason] = count
            return result


_default_lock = threading.Lock()
_default: Optional[Redactor] = None


def default_redactor() -> Redactor:
    """The one with the pci pack, made when it is first asked for."""
    global _default
    if _default is None:
        with _default_lock:
            if _default is None:
                _default = Redactor()
    return _default


def redact(text: Text) -> Text:
    """The text without card data, by the pci pack."""
    return (_default or default_redactor()).redact(text)
