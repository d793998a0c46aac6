"""The channel and the worker, without an office."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.functions import REGISTRY
from addin.hosts.libreoffice import worker
from addin.hosts.libreoffice.inside.channel import MODULE, Channel, NoAnswerError
from tests.judges.libreoffice import left_out

TOKEN = b"the token\n"


@pytest.fixture
def channel() -> Iterator[Channel]:
    made = Channel(sys.executable)
    yield made
    made.close()


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with subprocess.Popen([sys.executable, "-P", "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        made.stdin.write(TOKEN)
        made.stdin.flush()
        yield made, int(made.stdout.readline())
        made.kill()


def said(port: int, *lines: bytes) -> bytes:
    """What the worker answers before it closes, or to the last line."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(b"".join(lines))
        try:
            return connection.makefile("rb").readline()
        except ConnectionResetError:
            return b""


def call(name, *arguments):
    return {"call": name, "arguments": list(arguments)}


def test_numbers_come_back_exactly(channel):
    for owed in (80.0, 1e-300, 0.1 + 0.2, 15788.682):
        assert channel.ask(call("KMV_PD", 100.0, owed, 0.25)) == [[REGISTRY["KMV_PD"].call(100.0, owed, 0.25)]]


def test_an_error_says_its_kind_and_each_element_fails_alone(channel):
    assert channel.ask(call("KMV_PD", 100.0, 80.0, 25.0)) == [[{"error": "#NUM!"}]]
    assert channel.ask(call("KMV_PD", "x", 80.0, 0.2)) == [[{"error": "#VALUE!"}]]
    rows = channel.ask(call("KMV_PD", [[100.0], [""], ["#REF!"], [-1.0]], 80.0, 0.2))
    assert rows[0] == REGISTRY["KMV_PD"].call([[100.0], [""], ["#REF!"], [-1.0]], 80.0, 0.2)[0]
    assert rows[1:] == [[{"error": "#VALUE!"}], [{"error": "#VALUE!"}], [{"error": "#NUM!"}]]


def test_a_request_without_the_token_is_refused(process):
    _, port = process
    request = b'{"call":"KMV_VERSION","arguments":[]}\n'
    assert said(port, request, request) == b""
    assert said(port, b"another token\n", request) == b""
    assert said(port, b"\n", request) == b""
    assert said(port, b"x" * 10_000, request) == b""
    assert said(port, TOKEN, request).startswith(b'[["')


def test_a_silent_stranger_does_not_keep_others_waiting(process):
    _, port = process
    with socket.create_connection(("127.0.0.1", port), 10):
        assert said(port, TOKEN, b'{"call":"KMV_VERSION","arguments":[]}\n')


def test_the_token_is_in_neither_command_line_nor_environment(process):
    running, _ = process
    at = Path(f"/proc/{running.pid}")
    if not at.is_dir():
        left_out("no /proc here: the process cannot be looked into")
    assert TOKEN.strip() not in (at / "cmdline").read_bytes() + (at / "environ").read_bytes()


def test_the_port_listens_on_loopback_only(process):
    running, port = process
    table = Path(f"/proc/{running.pid}/net/tcp")
    if not table.is_file():
        left_out("no /proc here: the port cannot be looked up")
    rows = [line.split() for name in (table, table.with_name("tcp6")) for line in name.read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


def test_the_worker_ends_when_its_input_closes(process):
    running, _ = process
    running.stdin.close()
    assert running.wait(10) == 0


def test_no_token_no_worker():
    done = subprocess.run([sys.executable, "-P", "-m", MODULE], input=b"", capture_output=True, check=False, timeout=60)
    assert done.returncode != 0
    assert done.stdout == b""


def test_the_call_after_a_death_works(channel):
    version = channel.ask(call("KMV_VERSION"))
    os.kill(channel._worker._process.pid, signal.SIGKILL)
    with pytest.raises(NoAnswerError):
        channel.ask(call("KMV_VERSION"))
    assert channel.reason
    assert channel.ask(call("KMV_VERSION")) == version


def test_a_start_that_fails_is_not_tried_for_every_cell(tmp_path):
    broken = Channel(str(tmp_path / "python"), pause=30.0)
    start = time.monotonic()
    for _ in range(10_000):
        with pytest.raises(NoAnswerError, match="python"):
            broken.ask(call("KMV_VERSION"))
    assert time.monotonic() - start < 5.0


def test_the_reason_of_a_failed_start_is_the_interpreters_own():
    bare = Channel(sys.executable, pause=0.0)
    try:
        os.environ["KMV_ABS_PYTHON"] = getattr(sys, "_base_executable", sys.executable)
        with pytest.raises(NoAnswerError, match="No module named"):
            bare.ask(call("KMV_VERSION"))
    finally:
        del os.environ["KMV_ABS_PYTHON"]
    assert bare.ask(call("KMV_VERSION"))
    bare.close()


def test_the_offices_python_settings_do_not_reach_the_worker(channel, monkeypatch, tmp_path):
    for name in ("PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, str(tmp_path))
    assert channel.ask(call("KMV_VERSION"))


def test_a_folder_named_addin_beside_the_office_is_not_ours(channel, monkeypatch, tmp_path):
    (tmp_path / "addin").mkdir()
    (tmp_path / "addin" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    assert channel.ask(call("KMV_VERSION"))


def failure(**changed):
    cell = {"cell": "S!A1", "function": "KMV_PD", "error": "#NUM!", "ask": 0, "row": 0, "column": 0}
    return cell | changed


def listed(channel, failures, asks, reason="", rows=None):
    return channel.ask(call("KMV_ERRORS", {"failures": failures, "asks": asks, "reason": reason}, rows))


def test_failed_cells_are_listed_with_what_their_calls_say(channel):
    column = ["KMV_PD", [[[100.0], [-1.0]], 80.0, 0.2]]
    rows = listed(
        channel,
        [failure(), failure(cell="S!A2", ask=1, row=1), failure(cell="S!A3", ask=None, function="", error="#DIV/0!")],
        [["KMV_PD", [100.0, 80.0, 25.0]], column],
    )
    assert [row[:3] for row in rows] == [["S!A1", "KMV_PD", "E223"], ["S!A2", "KMV_PD", "E224"], ["S!A3", "", "E229"]]
    assert listed(channel, [], [])[0][3]


def test_a_cell_that_failed_for_want_of_a_worker_says_so(channel):
    asks = [["KMV_PD", [100.0, 80.0, 0.2]]]
    assert listed(channel, [failure()], asks, "it was killed")[0][2] == "E910"
    assert listed(channel, [failure()], asks)[0][2] == "E229"
    assert listed(channel, [failure(row=5)], [["KMV_PD", [[[1.0], [2.0]], 80.0, 0.2]]], "x")[0][2] == "E229"


def test_what_is_no_number_is_never_sent(channel):
    with pytest.raises(ValueError, match="JSON"):
        channel.ask(call("KMV_PD", float("nan"), 80.0, 0.2))


def test_the_same_request_is_answered_from_memory():
    line = b'{"call":"KMV_PD","arguments":[100.0,80.0,0.25]}\n'
    first = worker.answer(line)
    before = worker.answer.cache_info().hits
    assert worker.answer(line) == first
    assert worker.answer.cache_info().hits == before + 1
