"""`blotter redact` from outside: lines one for one, bytes as they were, cuts, order, exit codes."""

import random
import subprocess

import pytest

PAN = "4111111111111111"
STAMP = "2024-01-02T03:04:05.678901234Z"
BLOCK = 256 * 1024


@pytest.fixture(params=["blotter", "blotter_asan"])
def redact(request):
    program = request.getfixturevalue(request.param)

    def start(data=b"", *arguments, code=0):
        data = data.encode() if isinstance(data, str) else data
        done = subprocess.run([program, "redact", *map(str, arguments)], input=data,
                              capture_output=True, timeout=120)
        assert done.returncode == code, done.stderr
        start.errors = done.stderr.decode()
        return done.stdout
    return start


def harmless(size, seed=1):
    """Any bytes but digits, so that nothing can be found."""
    generator = random.Random(seed)
    return bytes(generator.choice(b"abc \n\r\t\0\x01\x7f\x80\xc3\xa4\xff{}\"\\") for _ in range(size))


@pytest.mark.parametrize("data", [
    b"", b"\n", b"a", b"\r\n", b"no newline", b"\n\n\nx", b"nul \0 in it\n", b"\xff\xfa bad \xc3\n",
    harmless(10), harmless(BLOCK - 1), harmless(3 * BLOCK + 7), b"x" * (BLOCK + 1) + b"\n" + b"y" * BLOCK,
])
def test_what_is_harmless_passes_byte_for_byte(redact, data):
    assert redact(data) == data
    assert redact(data, "--jobs", 3) == data


def test_bytes_around_a_card_pass_too(redact):
    line = b"\xff\0 " + PAN.encode() + b" \xc3\x28\r\n"
    assert redact(line * 3) == (b"\xff\0 ************1111 \xc3\x28\r\n") * 3


def test_utf_16_without_its_mark_is_withheld(redact):
    line = f"card {PAN} ok\n".encode("utf-16-le")
    assert redact(b"x\n" + line) == b"x\n" + (b"c\0a\0r\0d\0 \0[WITHHELD encoding]\0 \0o\0k\0\n\0")


def test_a_line_that_is_too_long_is_cut_and_the_next_is_whole(redact):
    head = "a" * 1020
    text = f"{head}4111111111111111 tail\nnext {PAN}\n"
    assert redact(text, "--max-line", "1KiB").decode() == f"{head}****\nnext ************1111\n"
    assert "1 lines cut, 17 bytes withheld" in redact.errors
    assert redact(text, "--max-line", "1KiB", "--quiet") and redact.errors == ""



@pytest.mark.parametrize("excess", [-1, 0, 1, 2, 1000, 3 * BLOCK])
def test_the_limit_is_exact(redact, excess):
    line = b"a" * (4096 + excess)
    expected = line[:4096] + b"\nb\n" if excess > 0 else line + b"\nb\n"
    assert redact(line + b"\nb\n", "--max-line", 4096) == expected
    assert redact(line, "--max-line", 4096) == line[:4096]


def test_cri_pieces_are_cut_where_they_were(redact):
    filler = f"{STAMP} stderr F filler\n" * (2 * BLOCK // 40)
    text = (f"{STAMP} stdout P auth pan=41111111\n{filler}{STAMP} stdout P 1111\n"
            f"{STAMP} stdout F 1111 cvv=123\n{STAMP} stdout F {PAN}\n")
    expected = (f"{STAMP} stdout P auth pan=********\n{filler}{STAMP} stdout P ****\n"
                f"{STAMP} stdout F **** cvv=[REDACTED_CVV]\n{STAMP} stdout F ************1111\n")
    for jobs in 1, 4:
        assert redact(text, "--jobs", jobs).decode() == expected
    as_lines = redact(text, "--frame", "line").decode()
    assert as_lines.startswith(f"{STAMP} stdout P auth pan=41111111\n")


def test_docker_pieces_are_cut_inside_their_string(redact):
    tail = f'"stream":"stdout","time":"{STAMP}"}}\n'
    text = (f'{{"log":"a \\"b\\" 41111111",{tail}{{"log":"11111111 \\u00e4\\n",{tail}'
            f'{{"log":"{PAN}\\n",{tail}')
    assert redact(text).decode() == (
        f'{{"log":"a \\"b\\" ********",{tail}{{"log":"******** \u00e4\\n",{tail}'
        f'{{"log":"************1111\\n",{tail}')


def test_a_private_key_belongs_to_its_stream(redact):
    """Also where the lines between fill blocks of their own."""
    key = "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9OiZ1BjP5CE"
    filler = f"{STAMP} stderr F filler\n" * (2 * BLOCK // 40)
    text = (f"{STAMP} stdout F -----BEGIN PRIVATE KEY-----\n{STAMP} stdout F {key}\n{filler}"
            f"{STAMP} stderr F -----END PRIVATE KEY-----\n{STAMP} stdout F {key}\n"
            f"{STAMP} stdout F -----END PRIVATE KEY-----\n{STAMP} stdout F {key}\n")
    for jobs in 1, 4:
        shown = redact(text, "--packs", "pci,secrets", "--jobs", jobs).decode()
        assert shown == text.replace(key, "[REDACTED_PRIVATE_KEY]", 2)


def test_jobs_keep_the_order(redact):
    generator = random.Random(3)
    lines = [f"{i} pan={PAN} cvv={generator.randrange(1000):03}" if i % 7 == 0 else
             f"{i} " + "x" * generator.randrange(300) for i in range(60000)]
    text = "\n".join(lines)
    alone = redact(text)
    assert alone.decode().count("\n") == text.count("\n")
    assert redact(text, "--jobs", 4) == alone
    assert [line.split()[0] for line in alone.decode().split("\n")] == [str(i) for i in range(60000)]


def test_a_pipe_is_shown_at_once(blotter):
    for jobs in "1", "3":
        with subprocess.Popen([blotter, "redact", "--jobs", jobs], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, bufsize=0) as running:
            for line in b"one\n", f"two {PAN}\n".encode():
                running.stdin.write(line)
                # Blocks until the line is there; the pipe stays open meanwhile.
                assert running.stdout.readline() == line.replace(PAN.encode(), b"************1111")
            running.stdin.close()
        assert running.returncode == 0


def test_files_are_read_in_turn_and_stay_apart(redact, tmp_path):
    (tmp_path / "a").write_text("card 4111")
    (tmp_path / "b").write_text("111111111111\n")
    (tmp_path / "c").write_text("")
    out = redact(b"in\n", tmp_path / "a", tmp_path / "c", tmp_path / "b", "-")
    assert out == b"card 4111\n111111111111\nin\n"


def test_a_bad_file_is_named_and_the_others_are_read(redact, tmp_path):
    (tmp_path / "good").write_text("good\n")
    missing = tmp_path / PAN
    out = redact(b"", missing, tmp_path, tmp_path / "good", code=65)
    assert out == b"good\n"
    assert "************1111: No such file" in redact.errors and PAN not in redact.errors
    assert f"{tmp_path}: Is a directory" in redact.errors


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_is_refused(redact, mark):
    assert redact(("\ufeff" + PAN + "\n").encode(mark), code=65) == b""
    assert "convert it to UTF-8" in redact.errors


@pytest.mark.parametrize("arguments", [
    ["--jobs", "0"], ["--jobs", "65"], ["--max-line", "10"], ["--max-line", "x"], ["--frame", "xml"],
    ["--kernel", "z80"], ["--nonsense"],
])
def test_usage(redact, arguments):
    assert redact(b"x\n", *arguments, code=64) == b""


def test_rules_that_cannot_be_loaded(redact, tmp_path):
    assert redact(b"x\n", "--packs", "nonsense", code=78) == b""
    assert redact(b"x\n", "--rules", tmp_path / PAN, code=78) == b""
    assert PAN not in redact.errors


def test_stats_count_by_rule(redact):
    out = redact(f"{PAN} {PAN}\ncvv=123\n", "--stats")
    assert out == b"************1111 ************1111\ncvv=[REDACTED_CVV]\n"
    counts = {line.split()[0]: line.split()[1:] for line in redact.errors.splitlines()}
    assert counts["pan"] == ["2", "0", "0"] and counts["cvv"] == ["1", "0", "0"]


def test_stats_count_what_is_only_reported(redact):
    key = "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END PRIVATE KEY-----\nCookie: sid=0123abcd\n"
    actions = "private_key=shadow,cookie=shadow"
    assert redact(key, "--packs", "secrets", "--action", actions, "--stats") == key.encode()
    counts = {line.split()[0]: line.split()[1:] for line in redact.errors.splitlines()}
    assert counts["private_key"] == ["0", "0", "1"] and counts["cookie"] == ["0", "0", "1"]


def test_a_full_disk_is_an_error(blotter):
    for jobs in "1", "3":
        with open("/dev/full", "w") as full:
            done = subprocess.run([blotter, "redact", "--jobs", jobs], input=b"x\n" * 100000,
                                  stdout=full, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 73
        assert b"No space left" in done.stderr


def test_memory_does_not_grow_with_the_line(blotter, tmp_path):
    path = tmp_path / "endless"
    with open(path, "wb") as out:
        for _ in range(64):
            out.write(b"y" * (1 << 20))
    done = subprocess.run(["sh", "-c", 'ulimit -v 65536; exec "$0" redact "$1"', blotter, path],
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"y" * (1 << 20)
