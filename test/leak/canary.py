"""Canary PANs: numbers that nothing else in the house holds, one for each way a byte could take.

Made at run time from the name of the way, so that no file of the tree holds one, and so that a hit
says which way it came."""

import hashlib
import re


def luhn_digit(digits):
    total = 0
    for i, digit in enumerate(reversed(digits)):
        value = int(digit)
        if i % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def pan(name):
    """A Visa number of 16 digits, without four equal ones in a row at its end."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    body = "4" + f"{number % 10**14:014d}"
    return body + luhn_digit(body)


def cvv(name):
    return f"{int.from_bytes(hashlib.sha256(b'cvv' + name.encode()).digest()[:4], 'big') % 900 + 100}"


def spellings(number):
    """The ways in which a number must not be seen anywhere."""
    grouped = [number[i:i + 4] for i in range(0, 16, 4)]
    return [number.encode(), "-".join(grouped).encode(), " ".join(grouped).encode(),
            number.encode("utf-16-le"), number[:12].encode()]


class Canaries:
    """Gives numbers out by name and looks for all that were given out."""

    def __init__(self):
        self.given = {}

    def __call__(self, name):
        self.given[name] = pan(name)
        return self.given[name]

    def hits(self, data):
        """[(name, offset)] of the canaries that the bytes hold."""
        # One pass over what may be large (a core image): any spelling begins with the first four
        # digits of its number.
        wanted = {}
        for name, number in self.given.items():
            for spelling in spellings(number):
                wanted.setdefault(spelling[:4], []).append((name, spelling))
        if not wanted:
            return []
        starts = re.compile(b"(?=(" + b"|".join(re.escape(start) for start in wanted) + b"))")
        return [(name, match.start()) for match in starts.finditer(data)
                for name, spelling in wanted[match[1]] if data.startswith(spelling, match.start())]

    def assert_absent(self, place, data):
        found = self.hits(data)
        # The message names the canary, not the number: a test report is a log too.
        assert not found, f"{place} holds the canaries {sorted({name for name, _ in found})}"


def grouped(number, separator):
    return separator.join(number[i:i + 4] for i in range(0, 16, 4))
