"""What the parameters of both modules do in Debian's rsyslogd, and what is said of those that are
wrong."""

import re
import subprocess

import pytest

from kafka.broker import free_ports
from rsyslog.daemon import PLAIN, PROGRAM, Daemon, module, send_tcp, until
from rsyslog.test_mmblotter import AMEX, PAN, load, omfile

BADGE = """rules:
  - id: badge
    why: house rule
    pattern: 'badge (?<secret>[A-Z]{4})'
    keywords: [badge]
    match: ['badge ABCD']
"""
FILES = {
    "badge.yaml": BADGE,
    "drop.yaml": BADGE + "    action: drop_record\n",
    "aside.yaml": BADGE + "    action: quarantine\n",
    "shadow.yaml": BADGE + "    shadow: true\n",
    "own.yaml": BADGE + '    replace: "[own text]"\n',
    "takes.yaml": "packs: [badge.yaml]\n" + BADGE.replace("badge", "plate"),
    "broken.yaml": BADGE.replace("keywords", "keyword"),
    "bad_example.yaml": BADGE.replace("badge ABCD", "badge abcd"),
    "not.yaml": "rules: [",
    "key": "a key of sixteen bytes\n",
    "short": "short",
    "large": "x" * 5000,
    "empty": "",
}
KEY = 'tokenKeyId="k1" tokenKeyFile="{files}/key"'


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "long.yaml").write_text("# " + "x" * (1 << 20))
    return folder


def one_line(folder, text, action):
    """msg of one message, and its mark, after the action."""
    port, = free_ports(1)
    body = PLAIN + load() + f'''
template(name="marked" type="string" string="%msg%|%$.blotter%\\n")
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net") {{ {action} {omfile("out", "marked")} }}
'''
    with Daemon(folder, body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, f"<14>Nov 21 14:05:06 host app: {text}\n".encode())
        out = daemon.lines("out", 1, 30)
        assert daemon.stop() == 0
        assert daemon.said() == ""
    return out[0].decode()


@pytest.mark.parametrize("parameters, text, expected", [
    ('queue.type="direct" action.copyMsg="off"', PAN, "************1111|"),
    ('keep="first6_last4"', PAN, "411111******1111|"),
    ('action=["pan=replace"]', PAN, "[REDACTED_PAN]|"),
    ('action=["pan=mask"]', PAN, "0000000000001111|"),
    ('action=["cvv=drop_record"]', f"{PAN} cvv: 123", "|drop"),
    ('action=["cvv=drop_record"]', PAN, "************1111|"),
    ('action=["pan=quarantine"]', f"card {PAN}", "card ************1111|quarantine"),
    ('action=["pan=quarantine"]', "card", "card|"),
    ('action=["pan=drop_record","cvv=quarantine"]', f"{PAN} cvv: 123", "|drop"),
    ('packs=["secrets"]', f"{PAN} password=Tr0ub4dor", f"{PAN} password=[REDACTED_PASSWORD]|"),
    ('packs=["pci","secrets"]', f"{PAN} password=Tr0ub4dor", "************1111 password=[REDACTED_PASSWORD]|"),
    ('packs=["{files}/badge.yaml"]', "badge QWER", "badge [REDACTED_BADGE]|"),
    ('rules=["{files}/badge.yaml"]', f"badge QWER {PAN}", "badge [REDACTED_BADGE] ************1111|"),
    ('rules=["{files}/b*ge.yaml"]', "badge QWER", "badge [REDACTED_BADGE]|"),
    ('rules=["{files}/nothing*.yaml"]', f"badge QWER {PAN}", "badge QWER ************1111|"),
    ('rules=["{files}/takes.yaml"]', "badge QWER plate QWER", "badge [REDACTED_BADGE] plate [REDACTED_PLATE]|"),
    ('rules=["{files}/own.yaml"]', "badge QWER", "badge [own text]|"),
    ('rules=["{files}/shadow.yaml"]', "badge QWER", "badge QWER|"),
    ('rules=["{files}/drop.yaml"]', "badge QWER", "|drop"),
    ('rules=["{files}/aside.yaml"]', "badge QWER", "badge [REDACTED_BADGE]|quarantine"),
], ids=lambda value: value.replace(PAN, "PAN") if isinstance(value, str) else None)
def test_taken(files, tmp_path, parameters, text, expected):
    action = f'action(type="mmblotter" {parameters.replace("{files}", str(files))})'
    assert one_line(tmp_path, text, action) == f" {expected}\n".replace(" |drop", "|drop")


def test_tokens_are_those_of_the_command(blotter, files, tmp_path):
    """The newline at the end of the file is no part of the key."""
    line = one_line(tmp_path / "run", PAN,
                    f'action(type="mmblotter" action=["pan=token"] {KEY.replace("{files}", str(files))})')
    said = subprocess.run([blotter, "redact", "--action", "pan=token", "--token-id", "k1",
                           "--token-key-file", files / "key"], input=f" {PAN}\n".encode(),
                          capture_output=True, check=True).stdout.decode()
    assert line == said.replace("\n", "|\n") and re.fullmatch(r" tok_k1_[A-Z2-7]{52}\|\n", line)


def test_drop_in_a_tree(files, tmp_path):
    """What is left of a tree is no JSON; the message is dropped, not withheld."""
    line = one_line(tmp_path, '@cee: {"n":"badge QWER"}',
                    f'action(type="mmblotter" fields=["$!"] rules=["{files}/drop.yaml"])')
    assert line == ' @cee: {"n":"badge QWER"}|\n'
    port, = free_ports(1)
    body = PLAIN + load() + f'''
template(name="marked" type="string" string="%msg%|%$!%|%$.blotter%\\n")
module(load="imtcp")
module(load="mmjsonparse")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net") {{ action(type="mmjsonparse")
  action(type="mmblotter" fields=["$!"] rules=["{files}/drop.yaml"]) {omfile("out", "marked")} }}
'''
    with Daemon(tmp_path / "tree", body, 'abortOnUncleanConfig="on"') as daemon:
        send_tcp(port, b'<14>Nov 21 14:05:06 host app: @cee: {"n":"badge QWER"}\n')
        assert daemon.lines("out", 1, 30) == [b"||drop\n"]
        assert daemon.stop() == 0


BOTH = [
    ('packs=["pcy"]', "packs: there is no `pcy`: did you mean `pci`?"),
    ('packs=["{files}/nowhere.yaml"]', "nowhere.yaml: No such file or directory"),
    ('action=["pan"]', "action: an entry is RULE=ACTION, such as pan=token"),
    ('action=["=token"]', "action: an entry is RULE=ACTION"),
    ('action=["pan=tokn"]', "action: there is no `tokn`: did you mean `token`?"),
    ('action=["pam=replace"]', "action: there is no `pam`: did you mean `pan`?"),
    ('action=["cvv=mask"]', "sensitive authentication data is removed whole"),
    ('action=["pan=shadow"]', "lets card numbers through"),
    ('action=["pan=token"]', "a token needs a key"),
    ('keep="last5"', "keep: there is no `last5`: did you mean `last4`?"),
    ('keep="first6_last4" action=["pan=token"] ' + KEY, "digits beside a token"),
    ('tokenKeyId="k1"', "tokenKeyId: needs tokenKeyFile"),
    ('tokenKeyFile="{files}/key"', "tokenKeyFile: needs tokenKeyId"),
    ('tokenKeyId="K1" tokenKeyFile="{files}/key"', "its name 1–16 of a–z 0–9"),
    ('tokenKeyId="k1" tokenKeyFile="/nowhere"', "tokenKeyFile: No such file or directory"),
    ('tokenKeyId="k1" tokenKeyFile="{files}/short"', "the key has 16 to 4096 bytes"),
    ('tokenKeyId="k1" tokenKeyFile="{files}/empty"', "the key has 16 to 4096 bytes"),
    ('tokenKeyId="k1" tokenKeyFile="{files}/large"', "tokenKeyFile: holds a key above 4 KiB"),
    ('rules=["{files}/nowhere.yaml"]', "nowhere.yaml: No such file or directory"),
    ('rules=["{files}"]', "Is a directory"),
    ('rules=["{files}/long.yaml"]', "is larger than 1 MiB"),
    ('rules=["{files}/broken.yaml"]', "broken.yaml:5:5: unknown key"),
    ('rules=["{files}/bad_example.yaml"]', "bad_example.yaml:6:"),
    ('rules=["{files}/not.yaml"]', "not.yaml:"),
    ('rules=["{files}/badge.yaml","{files}/own.yaml"]', "own.yaml:2:"),
    ('keyp="last4"', "there is no parameter `keyp`: did you mean `keep`?"),
    ('tokenKeyfile2="x"', "did you mean `tokenKeyFile`?"),
    ('messageLimit="much"', "messageLimit"),
]
ONE = [
    ("mmblotter", 'onError="dropp"', "onError: there is no `dropp`: did you mean `drop`?"),
    ("mmblotter", 'fields=["tga"]', "fields: there is no `tga`: did you mean `tag`?"),
    ("mmblotter", 'queue.type="LinkedList"', "queue.type: a queue gives the next actions the raw message"),
    ("mmblotter", 'action.copyMsg="on"', "action.copyMsg: a copy leaves the next actions the raw message"),
    ("mmblotter", 'action.execOnlyWhenPreviousIsSuspended="on"', "messages would pass by this action"),
    ("mmblotter", 'action.execOnlyEveryNthTime="3"', "messages would pass by this action"),
    ("mmblotter", 'Action.ExecOnlyOnceEveryInterval="3"', "messages would pass by this action"),
    ("omblotter", "", "broker: name one"),
    ("omblotter", 'confParam=["linger.ms=5"]', "bootstrap.servers: is missing"),
    ("omblotter", 'broker=["a:1"] confParam=["lingr.ms=5"]', "librdkafka has no such property"),
    ("omblotter", 'broker=["a:1"] acknowledgeTimeout="0"', "acknowledgeTimeout"),
    ("omblotter", 'broker=["a:1"] bufer="8m"', "did you mean `buffer`?"),
    ("omblotter", 'broker=["a:1"] template="nope"', "Could not find template"),
    ("omblotter", 'broker=["a:1"] rules=["{files}/aside.yaml"]', "a rule has the action quarantine"),
    ("omblotter", 'broker=["a:1"] action=["pan=quarantine"]', "let mmblotter set $.blotter"),
]
WRONG = [(name, parameters, said) for parameters, said in BOTH for name in ("mmblotter", "omblotter")] + ONE


@pytest.mark.parametrize("name, parameters, said", WRONG)
def test_refused(files, tmp_path, name, parameters, said):
    """At start, and by `rsyslogd -N1` alike."""
    parameters = parameters.replace("{files}", str(files))
    if name == "omblotter":
        parameters += ' topic="t" action.resumeRetryCount="-1"'
        if "broker" not in parameters and not said.startswith(("broker", "bootstrap")):
            parameters += ' broker=["127.0.0.1:1"]'
    config = tmp_path / "rsyslog.conf"
    config.write_text(f'global(workDirectory="{tmp_path}" abortOnUncleanConfig="on")\n'
                      f'module(load="{module(name)}")\n'
                      f'ruleset(name="r") {{ action(type="{name}" {parameters}) }}\n*.* /dev/null\n')
    done = subprocess.run([PROGRAM, "-N1", "-f", config, "-i", tmp_path / "pid"], capture_output=True,
                          text=True, timeout=60)
    assert said in done.stderr and done.returncode != 0, done.stderr
    assert all(secret not in done.stderr for secret in ("sixteen bytes", "xxxxx"))


@pytest.mark.parametrize("name", ["not.yaml", "broken.yaml", "bad_example.yaml", "long.yaml"])
def test_rules_that_do_not_load_pass_nothing(files, tmp_path, name):
    """Without abortOnUncleanConfig rsyslogd starts all the same."""
    port, = free_ports(1)
    body = PLAIN + load() + f'''
module(load="imtcp")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="net")
ruleset(name="net") {{ action(type="mmblotter" rules=["{files}/{name}"]) {omfile("out", "RSYSLOG_DebugFormat")} }}
'''
    with Daemon(tmp_path, body) as daemon:
        send_tcp(port, f"<14>Nov 21 14:05:06 {AMEX} {PAN}: plain words {PAN}\n".encode())
        out = tmp_path / "out"
        until(lambda: out.exists() and b"\n\n" in out.read_bytes(), 30, daemon.said)
        assert daemon.stop() == 0
    text = out.read_text()
    assert "msg: '[WITHHELD error]'" in text
    assert not any(word in text for word in (PAN, AMEX, "plain", "words"))
