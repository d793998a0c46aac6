"""The way from the office to the worker: started at the first call, asked in JSON lines over loopback.

The worker runs in the user's own environment, since LibreOffice's Python has neither numpy nor us. A token that
only the two know goes over the worker's standard input, never over its command line or environment; the worker
ends when that input closes, which is when the office ends, however it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from typing import Any, NoReturn

MODULE = "addin.hosts.libreoffice.worker"
OVERRIDE = "KMV_ABS_PYTHON"
START_SECONDS = 45.0
"""To start an interpreter and import numpy and scipy from a cold disk."""
COMPUTE_SECONDS = 600.0
"""For one cell; the office waits meanwhile."""
PAUSE_SECONDS = 5.0
"""After a start that failed, calls fail at once for so long: a sheet of 10,000 cells waits for one start only."""
_OFFICE_ONLY = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "URE_BOOTSTRAP",
    "UNO_PATH",
)


class NoAnswerError(Exception):
    """The worker gave no answer; the text says why."""


class Channel:
    """One office's way to its worker; asking again after a failure starts another."""

    def __init__(self, interpreter: str, start_seconds: float = START_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        self.interpreter = interpreter
        self.reason = ""
        """Of the last failure; kept, so that it can be listed after the worker works again."""
        self._start_seconds, self._pause = start_seconds, pause
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._has_answered = False
        self._not_before = 0.0

    def ask(self, request: Any) -> Any:
        """The worker's answer; raises NoAnswerError."""
        line = json.dumps(request, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                if self._worker is None:
                    self._worker = self._started()
                answer = self._worker.exchange(line)
            except (OSError, ValueError) as fault:
                self._fail(str(fault) or type(fault).__name__)
            self._has_answered = True
            return answer

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.end()
        self._worker = None

    def _started(self) -> Worker:
        if time.monotonic() < self._not_before:
            raise OSError(self.reason)
        worker = Worker(os.environ.get(OVERRIDE) or self.interpreter)
        try:
            worker.connect(self._start_seconds)
        except OSError:
            worker.end()
            raise
        return worker

    def _fail(self, reason: str) -> NoReturn:
        # A worker that never answered is as good as one that did not start.
        if not self._has_answered and time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + self._pause
        self.close()
        self._has_answered = False
        self.reason = reason
        raise NoAnswerError(reason)


class Worker:
    """A running worker and the connection to it."""

    def __init__(self, interpreter: str) -> None:
        self._token = secrets.token_hex(32).encode() + b"\n"
        self._log = tempfile.TemporaryFile()
        try:
            self._process = self._run(interpreter)
        except OSError:
            self._log.close()
            raise
        self._input: Any = self._process.stdin
        self._output: Any = self._process.stdout
        self._socket = socket.socket()
        self._lines = self._socket.makefile("rb")

    def connect(self, seconds: float) -> None:
        """Hand over the token, learn the port, and present the token there."""
        with contextlib.suppress(BrokenPipeError):  # it has ended already, and its last words say why
            self._input.write(self._token)
            self._input.flush()
        self._socket.settimeout(seconds)
        self._socket.connect(("127.0.0.1", self._announced_port(seconds)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(COMPUTE_SECONDS)
        self._socket.sendall(self._token)

    def exchange(self, line: bytes) -> Any:
        """A request's answer."""
        self._socket.sendall(line)
        answer = self._lines.readline()
        if not answer.endswith(b"\n"):
            raise OSError("the worker ended before it answered")
        return json.loads(answer)

    def end(self) -> None:
        """Stop it and let go of everything."""
        self._process.kill()
        self._process.wait()
        for each in (self._lines, self._socket, self._log, self._input, self._output):
            with contextlib.suppress(OSError):
                each.close()

    def _run(self, interpreter: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [interpreter, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=os.path.dirname(interpreter) or None,
            env={key: value for key, value in os.environ.items() if key not in _OFFICE_ONLY},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=True,
        )

    def _announced_port(self, seconds: float) -> int:
        """Read on a thread of its own: a pipe has no time-out."""
        heard: list[bytes] = []
        reader = threading.Thread(target=lambda: heard.append(self._output.readline()), daemon=True)
        reader.start()
        reader.join(seconds)
        if not heard:
            raise OSError(f"the worker did not start within {seconds:g} s")
        if not heard[0].strip().isdigit():
            raise OSError(self._last_words())
        return int(heard[0])

    def _last_words(self) -> str:
        self._process.kill()
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"the worker ended with {self._process.returncode}"
