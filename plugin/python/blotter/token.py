"""Tokens: the same card number always becomes the same word, which tells nothing of it.

A token is `tok_<key id>_<base32 of the 256 bits of HMAC-SHA-256 over the bare digits>`. A hash
without a key would be a card number for whoever tries all of them (PCI DSS 3.5.1.1)."""

import base64
import hashlib
import hmac
import os
import re
import secrets
from typing import Optional, Protocol, Union

KEY_BYTES_MIN = 16


class Tokenizer(Protocol):
    """Makes a token of a card number's digits. What it makes must not look like card data."""

    def token(self, pan: str) -> str: ...


class HMACTokenizer:
    """The tokens of the blotter program under the same key.

    The key has at least 128 bits, and comes from a file (`HMACTokenizer.from_file`) or from the
    environment (`HMACTokenizer.from_environment`) rather than from source code."""

    def __init__(self, key_id: str, key: bytes) -> None:
        if not re.fullmatch("[a-z0-9]{1,16}", key_id):
            raise ValueError("a key id is 1 to 16 of a-z and 0-9")
        if len(key) < KEY_BYTES_MIN:
            raise ValueError(f"the key has {len(key)} bytes; {KEY_BYTES_MIN} are the least")
        self.key_id = key_id
        self.key = bytes(key)

    @classmethod
    def from_file(cls, key_id: str, path: Union[str, "os.PathLike[str]"]) -> "HMACTokenizer":
        """The key is all of the file but a newline at its end."""
        with open(path, "rb") as file:
            return cls(key_id, file.read(64 * 1024).rstrip(b"\r\n"))

    @classmethod
    def from_environment(cls, key_id: str, name: str) -> "HMACTokenizer":
        value: Optional[str] = os.environ.get(name)
        if value is None:
            raise ValueError(f"the environment variable {name} is not set")
        return cls(key_id, os.fsencode(value))

    def token(self, pan: str) -> str:
        digest = hmac.new(self.key, pan.encode("ascii"), hashlib.sha256).digest()
        return f"tok_{self.key_id}_{base64.b32encode(digest).decode('ascii').rstrip('=')}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key_id!r}, <key>)"


class EphemeralTokenizer(HMACTokenizer):
    """A key that lives as long as the process: for tests, and to tell cards apart within one run."""

    def __init__(self, key_id: str = "ephemeral") -> None:
        super().__init__(key_id, secrets.token_bytes(32))
