"""Each test begins with logging as a fresh process has it."""

import io
import logging

import pytest

import blotter

PAN = "4111111111111111"


class Lines(io.StringIO):
    @property
    def text(self):
        return self.getvalue()


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture(autouse=True)
def fresh_logging():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    root.setLevel(logging.DEBUG)
    yield
    blotter.uninstall_root_redaction_filter()
    root.handlers[:] = handlers
    root.setLevel(level)
