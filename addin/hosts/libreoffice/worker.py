"""The worker that computes for one LibreOffice: JSON lines over a loopback port the system chooses.

Started by the extension as `INTERPRETER -m addin.hosts.libreoffice.worker`. The first line of standard input is the
token every connection must present before anything else; when standard input closes, the office has ended, and so
does the worker. The port is printed on standard output.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hmac
import json
import os
import re
import socket
import sys
import threading
from typing import Any

from addin.functions import REGISTRY
from addin.functions.ranges import SENTINEL
from addin.functions.service import located
from kmv_core.vocabulary.errors import KINDS, problem

HOST = "127.0.0.1"
TOKEN_SECONDS = 5.0
_MOST_TOKEN = 200
_DAY_ZERO = dt.datetime(1899, 12, 30)  # a spreadsheet date has no zone
_CODE = re.compile(r"[EW]\d{3}")


@functools.lru_cache(maxsize=256)
def answer(line: bytes) -> bytes:
    """One request -> the rows its cells show; kept, since the same call has the same answer."""
    request = json.loads(line)
    cells = REGISTRY[request["call"]].call(*map(_argument, request["arguments"]))
    rows = cells if isinstance(cells, list) else [[cells]]
    shown = [[_shown(cell) for cell in row] for row in rows]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _argument(value: Any) -> Any:
    return _watched(**value) if isinstance(value, dict) else value


def _watched(failures: list[dict[str, Any]], asks: list[Any], reason: str) -> list[list[str]]:
    """A watched range: for each failed cell its place and what its own call says once more."""
    answers = [REGISTRY[name].call(*arguments) for name, arguments in asks]
    lines = []
    for each in failures:
        failure = each["error"]
        if each["ask"] is not None:
            found = _element(answers[each["ask"]], each["row"], each["column"])
            if isinstance(found, str) and found.startswith(SENTINEL):
                failure = found
            elif found is not None and reason:
                # The call succeeds now: the cell failed when there was no worker.
                failure = f"{SENTINEL} {problem('E910', found=reason)}"
        lines.append([located(each["cell"], each["function"], failure)])
    return lines or [[""]]


def _element(result: Any, row: int, column: int) -> Any:
    """The cell of a result at a place of its array formula; Calc repeats a single row or column."""
    if not isinstance(result, list):
        return result
    row, column = (0 if len(result) == 1 else row), (0 if len(result[0]) == 1 else column)
    return result[row][column] if row < len(result) and column < len(result[row]) else None


def _shown(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(SENTINEL):
        code = _CODE.search(cell)
        return {"error": KINDS[code.group()].cell_error if code and code.group() in KINDS else "#VALUE!"}
    if isinstance(cell, dt.date):
        moment = cell if isinstance(cell, dt.datetime) else dt.datetime.combine(cell, dt.time())
        return (moment - _DAY_ZERO) / dt.timedelta(days=1)
    return cell


def _serve(connection: socket.socket, token: bytes, computing: threading.Lock) -> None:
    with connection, contextlib.suppress(OSError):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(TOKEN_SECONDS)
        lines = connection.makefile("rb")
        if not hmac.compare_digest(lines.readline(_MOST_TOKEN).strip(), token):
            return
        connection.settimeout(None)
        for line in lines:
            with computing:
                reply = answer(line)
            connection.sendall(reply)


def _end_with_the_office() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    """Serve until standard input closes."""
    token = sys.stdin.buffer.readline().strip()
    if not token:
        raise SystemExit("no token on standard input")
    threading.Thread(target=_end_with_the_office, daemon=True).start()
    listener = socket.create_server((HOST, 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201  # the extension reads it
    sys.stdout = sys.stderr
    computing = threading.Lock()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, token, computing), daemon=True).start()


if __name__ == "__main__":
    main()
