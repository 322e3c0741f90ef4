"""A real Apache Kafka broker for tests: one KRaft node on 127.0.0.1, on ports that are free.

    with Broker(folder) as broker:
        broker.create_topic("logs")
        ... produce to broker.bootstrap ...
        records = broker.read_topic("logs", count=1000)

The broker lives no longer than the process that started it, whatever becomes of that one.
On the command line, for scripts: `broker.py start FOLDER [PORT]`, which prints the address and
leaves the broker running, and `broker.py stop FOLDER`.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parent / ".cache" / "kafka"
VERSION = "4.1.1"
CLUSTER_ID = "4L6g3nShT-eMCtK--X86sw"
READY_S = 90
PR_SET_PDEATHSIG = 1

# The users of the listeners that ask for a password.
USER, PASSWORD = "alice", "alice-secret"
PLAIN = ('org.apache.kafka.common.security.plain.PlainLoginModule required '
         f'user_{USER}="{PASSWORD}";')
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def free_ports(count):
    """Ports nobody listens on; held together while they are picked, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def jars(version):
    folder = CACHE / version
    if not list(folder.glob("*.jar")):
        subprocess.run([str(HERE / "fetch"), version], check=True)
    return folder


class Broker:
    """`security` is None, "ssl", "sasl_plaintext" or "sasl_ssl": the listener that `client`
    speaks to. A plain listener is always there beside it, for the broker itself and `admin`."""

    def __init__(self, folder, version=VERSION, properties=None, security=None, port=None,
                 outlive=False):
        self.folder = pathlib.Path(folder).resolve()
        self.version = version
        self.properties = dict(properties or {})
        self.security = security
        self.outlive = outlive
        plain, self.controller_port, self.secure_port = free_ports(3)
        self.port = port or plain
        self.process = None
        self.paused = False

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.secure_port if self.security else self.port}"

    @property
    def client(self):
        """librdkafka's properties for the listener under test."""
        conf = {"bootstrap.servers": self.bootstrap}
        if not self.security:
            return conf
        conf["security.protocol"] = self.security
        if "ssl" in self.security:
            conf["ssl.ca.location"] = str(self.folder / "certificates" / "ca.pem")
        if self.security == "ssl":
            conf["ssl.certificate.location"] = str(self.folder / "certificates" / "client.pem")
            conf["ssl.key.location"] = str(self.folder / "certificates" / "client.key")
        else:
            conf.update({"sasl.mechanism": "PLAIN", "sasl.username": USER, "sasl.password": PASSWORD})
        return conf

    @property
    def admin(self):
        """The same for the plain listener."""
        return {"bootstrap.servers": f"127.0.0.1:{self.port}"}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Formats the folder the first time, then starts and returns when the broker serves."""
        assert self.process is None
        self.folder.mkdir(parents=True, exist_ok=True)
        self._configure()
        if not (self.folder / "log" / "meta.properties").exists():
            self._format()
        log = self.folder / "server.log"
        with open(log, "wb") as out:  # truncated: an old ready line must not count
            self.process = subprocess.Popen(
                self._java("kafka.Kafka", "kafka.jsa", ["-Xms256m", "-Xmx256m"])
                + [str(self.folder / "server.properties")],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=None if self.outlive else die_with_parent)
        (self.folder / "broker.pid").write_text(str(self.process.pid))
        deadline = time.monotonic() + READY_S
        while b"Kafka Server started" not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError("the broker did not start:\n" + log.read_text()[-4000:])
            time.sleep(0.05)

    def stop(self):
        """A clean shutdown; harmless when the broker is not running."""
        self._end(signal.SIGTERM)

    def kill(self):
        """A crash; start() comes back on the same ports and data."""
        self._end(signal.SIGKILL)

    def pause(self):
        """The broker keeps its connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)
        self.paused = True

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        self.paused = False

    def create_topic(self, name, partitions=1, config=None):
        from confluent_kafka.admin import AdminClient, NewTopic
        client = AdminClient(self.admin)
        topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})
        client.create_topics([topic])[name].result(30)
        # The answer comes before every listener knows the topic.
        deadline = time.monotonic() + 30
        while not client.list_topics(name, timeout=10).topics[name].partitions:
            assert time.monotonic() < deadline, f"{name} was not created"
            time.sleep(0.05)

    def topics(self):
        from confluent_kafka.admin import AdminClient
        listed = AdminClient(self.admin).list_topics(timeout=30).topics
        return sorted(name for name in listed if not name.startswith("__"))

    def read_topic(self, name, count=None, timeout_s=60, committed=True):
        """All records of the topic in partition and offset order, as confluent_kafka Messages.

        With `count`, waits until that many are there, then takes in whatever is beyond them too,
        so that a duplicate cannot hide behind an early end. Returns fewer after `timeout_s`."""
        from confluent_kafka import Consumer, TopicPartition
        consumer = Consumer({
            **self.admin,
            "group.id": "reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
            "isolation.level": "read_committed" if committed else "read_uncommitted",
        })
        try:
            partitions = sorted(consumer.list_topics(name, timeout=30).topics[name].partitions)
            consumer.assign([TopicPartition(name, p, 0) for p in partitions])
            records, at_end = [], set()
            deadline = time.monotonic() + timeout_s
            while time.monotonic() < deadline:
                for message in consumer.consume(10000, timeout=0.2):
                    if message.error() is None:
                        records.append(message)
                        at_end.discard(message.partition())
                    elif message.error().name() == "_PARTITION_EOF":
                        at_end.add(message.partition())
                    elif message.error().fatal():
                        raise RuntimeError(str(message.error()))
                if len(at_end) == len(partitions) and len(records) >= (count or 0):
                    break
        finally:
            consumer.close()
        return sorted(records, key=lambda m: (m.partition(), m.offset()))

    def read_json(self, name, count=None, timeout_s=60):
        """The values of read_topic(), each parsed; a record that is not JSON fails the test."""
        return [json.loads(record.value()) for record in self.read_topic(name, count, timeout_s)]

    def _configure(self):
        listeners = [f"PLAINTEXT://127.0.0.1:{self.port}", f"CONTROLLER://127.0.0.1:{self.controller_port}"]
        lines = [(HERE / "server.properties").read_text(),
                 "node.id=1",
                 f"controller.quorum.voters=1@127.0.0.1:{self.controller_port}",
                 f"log.dirs={self.folder / 'log'}"]
        if self.security:
            listener = self.security.upper()
            listeners.append(f"{listener}://127.0.0.1:{self.secure_port}")
            lines += self._security(listener)
        lines.append("listeners=" + ",".join(listeners))
        lines += [f"{key}={value}" for key, value in self.properties.items()]
        (self.folder / "server.properties").write_text("\n".join(lines) + "\n")

    def _security(self, listener):
        lines = []
        if "SSL" in listener:
            certificates = self.folder / "certificates"
            if not certificates.exists():
                subprocess.run([str(HERE / "certificates"), str(certificates)], check=True)
            lines += ["ssl.keystore.type=PEM", f"ssl.keystore.location={certificates}/broker-both.pem",
                      "ssl.truststore.type=PEM", f"ssl.truststore.location={certificates}/ca.pem"]
        if listener == "SSL":
            lines.append("ssl.client.auth=required")
        else:
            prefix = f"listener.name.{listener.lower()}"
            lines += ["sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
                      f"{prefix}.plain.sasl.jaas.config={PLAIN}",
                      f"{prefix}.scram-sha-256.sasl.jaas.config={SCRAM}",
                      f"{prefix}.scram-sha-512.sasl.jaas.config={SCRAM}"]
        return lines

    def _format(self):
        command = self._java("kafka.tools.StorageTool", "format.jsa", ["-Xmx64m"]) + [
            "format", "-t", CLUSTER_ID, "-c", str(self.folder / "server.properties")]
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512") if self.security else ():
            command += ["--add-scram", f"{mechanism}=[name={USER},password={PASSWORD}]"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("format failed:\n" + done.stdout + done.stderr)

    def _java(self, main, archive, options):
        folder = jars(self.version)
        # Class-data sharing refuses a wildcard, and an archive that is written while it is read.
        classes = ":".join(sorted(map(str, folder.glob("*.jar"))))
        share = []
        if os.environ.get("KAFKA_ARCHIVE") == "write":
            share = [f"-XX:ArchiveClassesAtExit={folder / archive}"]
        elif (folder / archive).exists():
            share = [f"-XX:SharedArchiveFile={folder / archive}"]
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xlog:disable",
                "-Xlog:all=warning:stderr:uptime", *share, *options,
                f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
                f"-Dlog4j.configuration=file:{HERE / 'log4j.properties'}", "-cp", classes, main]

    def _end(self, number):
        if self.process is None:
            return
        if self.paused:
            self.resume()
        self.process.send_signal(number)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        (self.folder / "broker.pid").unlink(missing_ok=True)


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_by_pid(folder):
    """For a broker that another process started."""
    pid_file = pathlib.Path(folder) / "broker.pid"
    pid = int(pid_file.read_text())
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < deadline:
        time.sleep(0.05)
    if os.path.exists(f"/proc/{pid}"):
        os.kill(pid, signal.SIGKILL)
    pid_file.unlink()


def write_archives(version):
    import tempfile
    os.environ["KAFKA_ARCHIVE"] = "write"
    with tempfile.TemporaryDirectory() as folder, Broker(folder, version=version):
        pass


def main():
    match sys.argv[1:]:
        case ["archive", version]:
            write_archives(version)
        case ["start", folder, *port]:
            broker = Broker(folder, port=int(port[0]) if port else None, outlive=True)
            broker.start()
            print(broker.bootstrap)
        case ["stop", folder]:
            stop_by_pid(folder)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
