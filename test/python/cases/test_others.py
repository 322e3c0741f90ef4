import logging

import loguru
import structlog

import blotter

PAN = "4111111111111111"


def test_structlog(lines):
    structlog.reset_defaults()
    structlog.configure(
        processors=[structlog.processors.add_log_level, blotter.structlog_processor,
                    structlog.processors.JSONRenderer()],
        logger_factory=structlog.PrintLoggerFactory(lines))
    log = structlog.get_logger()
    log.info("paid", card={"number": int(PAN), "cvv": 123}, note=f"pan {PAN}")
    try:
        raise ValueError(PAN)
    except ValueError:
        log.exception("failed")
    structlog.reset_defaults()
    assert PAN not in lines.text
    assert '"number": "************1111"' in lines.text
    assert '"cvv": "[REDACTED_CVV]"' in lines.text
    assert "ValueError: ************1111" in lines.text


def test_loguru(lines):
    logger = loguru.logger
    logger.remove()
    logger.add(lines, format="{message} {extra}", diagnose=False)
    logger.configure(patcher=blotter.loguru_patcher)
    logger.bind(card=PAN).info("paid {}", PAN)
    try:
        raise ValueError(PAN)
    except ValueError:
        logger.exception("failed")
    logger.remove()
    logger.configure(patcher=None)
    assert PAN not in lines.text
    assert "paid ************1111 {'card': '************1111'}" in lines.text
    assert "ValueError: ************1111" in lines.text


def test_streams(lines):
    stream = blotter.RedactingStream(lines)
    logger = loguru.logger
    logger.remove()
    logger.add(stream, format="{message}", diagnose=True)
    try:
        card = PAN
        raise ValueError(card)
    except ValueError:
        logger.exception("failed")
    logger.remove()
    assert PAN not in lines.text and "************1111" in lines.text


def test_memory(lines):
    handler = logging.StreamHandler(lines)
    handler.setFormatter(blotter.JSONFormatter())
    logging.getLogger().addHandler(handler)
    logger = logging.getLogger("memory")
    import json
    blotter.log_memory_usage(logger, "start")
    blotter.log_memory_usage(logger, "start")
    garbage = [bytearray(1000) for _ in range(1000)]
    garbage.append(garbage)
    del garbage
    blotter.log_memory_cleanup(logger, "end")
    first, second, cleanup = [json.loads(line) for line in lines.text.splitlines()]
    assert first["memory.rss_bytes"] > 1 << 20
    assert "memory.difference.rss_bytes" not in first
    assert "memory.difference.rss_bytes" in second
    assert cleanup["memory.collected_objects"] > 0
    assert cleanup["memory.label"] == "end"
    assert first["log.origin.function"] == "test_memory"
