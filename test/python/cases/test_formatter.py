import json
import logging

import blotter

PAN = "4111111111111111"


def log(lines, *arguments, **options):
    handler = logging.StreamHandler(lines)
    handler.setFormatter(blotter.JSONFormatter({"service.name": "checkout"}))
    logging.getLogger().addHandler(handler)
    logging.getLogger("shop").warning(*arguments, **options)
    assert lines.text.count("\n") == 1
    return json.loads(lines.text)


def test_members(lines):
    record = log(lines, "took %d ms", 12, extra={"user": "u1", "message_id": 5})
    assert record["message"] == "took 12 ms"
    assert record["log.level"] == "warn"
    assert record["log.logger"] == "shop"
    assert record["service.name"] == "checkout"
    assert record["user"] == "u1" and record["message_id"] == 5
    assert record["log.origin.function"] == "log"
    assert record["@timestamp"].endswith("Z") and len(record["@timestamp"]) == 24


def test_redacts_without_any_filter(lines):
    try:
        raise ValueError(f"card {PAN}")
    except ValueError:
        record = log(lines, "paid %s\nnext", PAN, exc_info=True, stack_info=True,
                     extra={"cvv": 123, "card": {"number": int(PAN), "cvc": "999"}, "o": object()})
    assert PAN not in lines.text
    assert record["message"] == "paid ************1111\nnext"
    assert record["cvv"] == "[REDACTED_CVV]"
    assert record["card"] == {"number": "************1111", "cvc": "[REDACTED_CVV]"}
    assert record["error.type"] == "ValueError"
    assert "************1111" in record["error.stack_trace"]


def test_names_of_ours_are_kept(lines):
    record = log(lines, "x", extra={"service.name": "other", "text": "\ud800 NaN \x00"})
    assert record["service.name"] == "checkout"
    assert record["app.service.name"] == "other"


def test_numbers_that_json_has_not(lines):
    lines_before = log(lines, "x", extra={"ratio": float("nan")})
    assert lines_before["ratio"] is None or lines_before["ratio"] != lines_before["ratio"]
