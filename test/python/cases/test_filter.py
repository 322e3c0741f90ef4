import logging
import logging.handlers
import queue
import warnings

import pytest

import blotter

PAN = "4111111111111111"


def handler(stream, form="%(levelname)s %(name)s %(threadName)s %(message)s"):
    result = logging.StreamHandler(stream)
    result.setFormatter(logging.Formatter(form))
    return result


def test_headline(lines):
    blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(handler(lines, "%(message)s"))
    logging.getLogger("shop.pay").info("paid with %s, cvv=%s", "4111-1111-1111-1111", 123)
    assert lines.text == "paid with ************1111, cvv=[REDACTED_CVV]\n"


def test_a_filter_on_a_handler_and_on_a_logger(lines):
    one = handler(lines)
    one.addFilter(blotter.PCIRedactionFilter())
    logging.getLogger().addHandler(one)
    logging.getLogger("a").warning("pan=%(pan)s", {"pan": PAN})
    logger = logging.getLogger("b")
    logger.addFilter(blotter.PCIRedactionFilter(keep="first6_last4"))
    logger.warning(PAN)
    logger.filters.clear()
    assert PAN not in lines.text
    assert "411111******1111" in lines.text


def test_clean_records_stay_as_they_are():
    record = logging.LogRecord("n", 20, "f.py", 1, "took %d ms of %s", (12, "x"), None)
    record.elapsed = [1, 2]
    before = dict(vars(record))
    assert blotter.PCIRedactionFilter().filter(record) is True
    assert vars(record) == before
    assert record.args == (12, "x")


def test_disabled_records_are_not_formatted(lines):
    class Costly:
        def __str__(self):
            raise AssertionError("was formatted")
    blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(handler(lines))
    logging.getLogger().setLevel(logging.INFO)
    logging.debug("%s", Costly())
    assert lines.text == ""


def test_an_argument_that_is_printed_in_part():
    record = logging.LogRecord("n", 20, "f.py", 1, "ends with %.4s", (PAN,), None)
    blotter.PCIRedactionFilter().filter(record)
    assert record.args is None
    assert PAN not in repr(vars(record))


def test_objects_hold_nothing_back():
    class Card:
        def __str__(self):
            return f"Card(number='{PAN}', cvv=123)"
        __repr__ = __str__
    record = logging.LogRecord("n", 20, "f.py", 1, Card(), None, None)
    record.card, record.cvv = Card(), 123
    blotter.PCIRedactionFilter().filter(record)
    assert PAN not in repr(vars(record))
    assert record.msg == "Card(number='************1111', cvv=[REDACTED_CVV])"
    assert record.cvv == "[REDACTED_CVV]"


def test_what_raises_is_withheld(lines):
    class Bad:
        def __str__(self):
            raise RuntimeError(PAN)
    guard = blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(handler(lines, "%(message)s"))
    logging.warning("%s " + PAN, Bad(), extra={"card": PAN})
    logging.warning("%d " + PAN, "no number")
    assert lines.text == "[WITHHELD error]\n[WITHHELD error]\n"
    assert guard.withheld == 2


def test_exceptions_and_chains(lines):
    blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(handler(lines))
    try:
        try:
            raise KeyError(PAN)
        except KeyError as error:
            raise ValueError(f"no card {PAN}") from error
    except ValueError:
        logging.exception("failed")
    assert PAN not in lines.text
    assert "no card ************1111" in lines.text
    assert "KeyError: '************1111'" in lines.text


def test_an_exception_without_a_card_stays(lines):
    seen = []

    class Keep(logging.Handler):
        def emit(self, record):
            seen.append(record.exc_info)
    blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(Keep())
    try:
        raise ValueError("plain")
    except ValueError:
        logging.exception("failed")
    assert seen[0][0] is ValueError


def test_names_and_stack(lines):
    blotter.install_root_redaction_filter()
    logging.getLogger().addHandler(handler(lines))
    logging.getLogger(f"shop.{PAN}").warning("x", stack_info=True)
    assert PAN not in lines.text.replace("x\n", "")


@pytest.mark.parametrize("late", [False, True])
def test_every_handler_of_every_logger(lines, late, tmp_path):
    if not late:
        blotter.install_root_redaction_filter()
    library = logging.getLogger("library")
    library.propagate = False
    library.addHandler(handler(lines))
    logging.basicConfig(filename=tmp_path / "root.log", force=True)
    memory = logging.handlers.MemoryHandler(100, target=handler(lines))
    logging.getLogger().addHandler(memory)
    if late:
        blotter.install_root_redaction_filter()
    sink = queue.Queue()
    logging.getLogger().addHandler(logging.handlers.QueueHandler(sink))
    library.error("a %s", PAN)
    logging.getLogger("other").error("b %s", PAN)
    logging.captureWarnings(True)
    warnings.warn(f"c {PAN}")
    logging.captureWarnings(False)
    memory.flush()
    library.handlers.clear()
    library.propagate = True
    logging.getLogger().handlers[0].close()
    while not sink.empty():
        assert PAN not in repr(vars(sink.get()))
    text = lines.text + (tmp_path / "root.log").read_text()
    assert PAN not in text and text.count("************1111") >= 4


def test_uninstall(lines):
    logging.getLogger().addHandler(handler(lines))
    original = logging.Logger.callHandlers
    blotter.install_root_redaction_filter()
    blotter.install_root_redaction_filter()
    blotter.uninstall_root_redaction_filter()
    assert logging.Logger.callHandlers is original


def test_dropped_records(lines):
    blotter.install_root_redaction_filter(actions={"pan": "drop_record"})
    logging.getLogger().addHandler(handler(lines))
    logging.error("a %s", PAN)
    logging.error("b")
    assert lines.text == "ERROR root MainThread b\n"


def test_unknown_options_are_refused():
    with pytest.raises(TypeError):
        blotter.PCIRedactionFilter(packz=["pci"])
    with pytest.raises(blotter.RuleError):
        blotter.install_root_redaction_filter(packs=["nope"])
