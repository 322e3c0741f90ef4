"""What every suite may use: the programs under test and a real broker."""

import os
import pathlib

import pytest

from kafka.broker import Broker

ROOT = pathlib.Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def blotter():
    """The release build of the program."""
    path = pathlib.Path(os.environ.get("BLOTTER", ROOT / "build/agent/blotter"))
    assert path.exists(), f"{path} is not built"
    return str(path)


@pytest.fixture(scope="session")
def blotter_asan():
    """The build that the address and undefined-behaviour sanitizers watch."""
    path = pathlib.Path(os.environ.get("BLOTTER_ASAN", ROOT / "build-asan/agent/blotter"))
    assert path.exists(), f"{path} is not built"
    return str(path)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """One broker for the whole suite. A test takes topics of its own; one that stops, kills or
    pauses the broker, or wants other properties, uses new_broker."""
    with Broker(tmp_path_factory.mktemp("kafka")) as started:
        yield started


@pytest.fixture
def new_broker(tmp_path):
    """Starts brokers of the test's own: new_broker(properties={...}, security="sasl_ssl")."""
    brokers = []

    def start(**options):
        one = Broker(tmp_path / f"kafka{len(brokers)}", **options)
        brokers.append(one)
        one.start()
        return one

    yield start
    for one in brokers:
        one.stop()
