from typing import List, Optional, Sequence, Tuple, TypeVar

version: str

Text = TypeVar("Text", str, bytes)
Finding = Tuple[int, int, bytes, str, int, int]

class RuleError(ValueError): ...

class Engine:
    rules: List[str]
    hash: str
    kernel: str
    def __init__(
        self,
        packs: Sequence[str],
        documents: Sequence[Tuple[str, bytes]],
        actions: Sequence[Tuple[str, str]],
        keep: Optional[str],
        masked: Optional[str],
        token_key_id: Optional[str],
        token_key: Optional[bytes],
        i_accept_pan_in_clear: bool,
    ) -> None: ...
    def redact(self, text: Text) -> Text: ...
    def redact_field(self, path: str, value: Text) -> Text: ...
    def find(self, text: Text) -> Optional[Tuple[Text, List[Finding]]]: ...
