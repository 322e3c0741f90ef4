"""A real application: request logging, rotation, an exception with a card in text and traceback."""

import logging
import logging.handlers
import threading
import urllib.error
import urllib.request

import flask
import werkzeug.serving

import blotter

PAN = "4111111111111111"


def application():
    app = flask.Flask("shop")

    @app.get("/pay/<number>")
    def pay(number):
        app.logger.info("paying with %s", number, extra={"card": {"number": number, "cvv": "123"}})
        if number.startswith("5"):
            raise ValueError(f"the bank declined {number}")
        return "ok"
    return app


def get(url):
    try:
        return urllib.request.urlopen(url, timeout=30).status
    except urllib.error.HTTPError as error:
        return error.code


def serve(tmp_path, formatter):
    blotter.install_root_redaction_filter()
    rotating = logging.handlers.RotatingFileHandler(
        tmp_path / "app.log", maxBytes=3_000, backupCount=50)
    if formatter:
        rotating.setFormatter(formatter)
    logging.getLogger().addHandler(rotating)
    for name in ("werkzeug", "shop"):
        logging.getLogger(name).handlers.clear()
    access = logging.FileHandler(tmp_path / "access.log")
    logging.getLogger("werkzeug").addHandler(access)
    server = werkzeug.serving.make_server("127.0.0.1", 0, application(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        for i in range(100):
            base = f"http://127.0.0.1:{server.server_port}/pay/"
            assert get(f"{base}{PAN}?cvv={100 + i}") == 200
            if i % 10 == 0:
                assert get(f"{base}5555555555554444") == 500
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        rotating.close()
        access.close()
        logging.getLogger("werkzeug").handlers.clear()


def check(tmp_path):
    files = sorted(tmp_path.glob("*.log*"))
    assert len(files) > 3
    text = "".join(path.read_text() for path in files)
    assert PAN not in text and "5555555555554444" not in text
    assert "the bank declined ************4444" in text
    assert "Traceback" in text
    assert text.count("paying with ************1111") == 100
    assert "GET /pay/************1111?cvv=[REDACTED_CVV]" in text


def test_plain(tmp_path):
    serve(tmp_path, None)
    check(tmp_path)


def test_json(tmp_path):
    serve(tmp_path, blotter.JSONFormatter())
    check(tmp_path)
