"""A million lines, two in a hundred with a card number: from a file to a topic of a real broker."""

import json
import re
from urllib.parse import unquote_plus

import pytest

from e2e.shipper import Shipper, kafka_output
from generate.application_log import write

LINES = 1000000


def digits_of(text):
    """The text's digits, whatever stands between them, after every encoding of the generator."""
    text = unquote_plus(re.sub(r"\\u00(3[0-9])", lambda m: chr(int(m[1], 16)), text))
    return "".join(c for c in text if c.isdigit())


def offsets_of(path):
    offset, offsets = 0, []
    with open(path, "rb") as log:
        for line in log:
            offsets.append((offset, line[:-1].decode()))
            offset += len(line)
    return offsets


@pytest.mark.timeout(280)
def test_every_record_and_no_card(blotter, broker, tmp_path):
    path = tmp_path / "app.log"
    cards = dict(write(path, LINES))
    assert len(cards) > LINES // 60
    shipper = Shipper(blotter, tmp_path / "run", path, {"kafka": kafka_output(broker.bootstrap, "million")})
    broker.create_topic("million")
    assert shipper.until_eof() == 0, shipper.log_path.read_text()

    records = broker.read_topic("million", LINES)
    assert len(records) == LINES
    sources = set()
    for number, ((offset, line), record) in enumerate(zip(offsets_of(path), records)):
        value = json.loads(record.value())
        sources.add(value["blotter.source"])
        assert record.key() == value["blotter.source"].encode()
        assert value["log.offset"] == offset
        card = cards.get(number)
        if card:
            assert card in digits_of(line)
            assert card not in digits_of(value["message"])
            assert value["blotter.redacted"] == {"pan": 1}
            assert value["message"].startswith(line[:60])
            continue
        assert "blotter.redacted" not in value
        if line.startswith("{"):
            own = json.loads(line)
            assert own["message"] == value["message"]
            assert own["took_ms"] == value["took_ms"]
        else:
            assert value["message"] == line
    assert len(sources) == 1
