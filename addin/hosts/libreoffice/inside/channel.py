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
from typing import IO, Any

WORKER = "addin.hosts.libreoffice.worker"
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


class Unanswered(Exception):
    """The worker gave no answer; the text says why."""


class Channel:
    """One office's worker; asking again after a failure starts another."""

    def __init__(self, interpreter: str, start_seconds: float = START_SECONDS, pause: float = PAUSE_SECONDS) -> None:
        self.interpreter = interpreter
        self.reason = ""
        """Of the last failure; kept, so that it can be listed after the worker works again."""
        self._start_seconds, self._pause = start_seconds, pause
        self._lock = threading.Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self._socket: socket.socket | None = None
        self._lines: IO[bytes] | None = None
        self._has_answered = False
        self._not_before = 0.0

    def ask(self, request: Any) -> Any:
        """The worker's answer; raises Unanswered."""
        line = json.dumps(request, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        with self._lock:
            try:
                if self._socket is None:
                    self._open()
                answer = self._exchange(line)
            except (OSError, ValueError) as fault:
                self._fail(str(fault) or type(fault).__name__)
            self._has_answered = True
            return answer

    def close(self) -> None:
        """End the worker."""
        for each in (self._lines, self._socket, self._log):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.close()
        if self._worker is not None:
            for pipe in (self._worker.stdin, self._worker.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._worker.kill()
            self._worker.wait()
        self._worker = self._socket = self._lines = self._log = None

    def _fail(self, reason: str) -> None:
        # A worker that never answered is as good as one that did not start.
        if not self._has_answered and time.monotonic() >= self._not_before:
            self._not_before = time.monotonic() + self._pause
        self.close()
        self._has_answered = False
        self.reason = reason
        raise Unanswered(reason)

    def _exchange(self, line: bytes) -> Any:
        assert self._socket is not None and self._lines is not None
        self._socket.sendall(line)
        answer = self._lines.readline()
        if not answer.endswith(b"\n"):
            raise OSError("the worker ended before it answered")
        return json.loads(answer)

    def _open(self) -> None:
        if time.monotonic() < self._not_before:
            raise OSError(self.reason)
        self._has_answered = False
        interpreter = os.environ.get(OVERRIDE) or self.interpreter
        token = secrets.token_hex(32)
        self._log = tempfile.TemporaryFile()
        self._worker = subprocess.Popen(
            [interpreter, "-P", "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=os.path.dirname(interpreter) or None,
            env={key: value for key, value in os.environ.items() if key not in _OFFICE_ONLY},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            start_new_session=True,
        )
        assert self._worker.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._worker.stdin.write(token.encode() + b"\n")
            self._worker.stdin.flush()
        port = self._announced_port()
        self._socket = socket.create_connection(("127.0.0.1", port), 10.0)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(COMPUTE_SECONDS)
        self._socket.sendall(token.encode() + b"\n")
        self._lines = self._socket.makefile("rb")

    def _announced_port(self) -> int:
        """Read on a thread of its own: a pipe has no time-out."""
        assert self._worker is not None and self._worker.stdout is not None
        heard: list[bytes] = []
        stdout = self._worker.stdout
        reader = threading.Thread(target=lambda: heard.append(stdout.readline()), daemon=True)
        reader.start()
        reader.join(self._start_seconds)
        if not heard:
            self._worker.kill()
            raise OSError(f"the worker did not start within {self._start_seconds:g} s")
        if not heard[0].strip().isdigit():
            raise OSError(self._last_words())
        return int(heard[0])

    def _last_words(self) -> str:
        assert self._log is not None and self._worker is not None
        self._worker.kill()
        self._worker.wait()
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:300] if lines else f"the worker ended with {self._worker.returncode}"
