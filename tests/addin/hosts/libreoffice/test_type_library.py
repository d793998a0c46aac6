"""Our writer against LibreOffice's own unoidl-write 25.2, whose output for the same interface stands here."""

from __future__ import annotations

import base64
import zlib

from addin.hosts.libreoffice.type_library import Method, type_library

ROWS = "[][]any"
METHODS = (
    Method("kmvPd", ROWS, (("a", "any"), ("b", "any"))),
    Method("kmvErrors", ROWS, (("watch", "com.sun.star.table.XCellRange"), ("rows", "any"))),
    Method("kmvVersion", ROWS, ()),
)
NOTE = b"\0** Created by LibreOffice 25.2.3.2 unoidl-write **\0"
UNOIDL_WRITE = zlib.decompress(
    base64.b64decode(
        "eNpdTk1LAzEQHT+K6NGrFHIOGHDFqwdbhUKxUlAWSg9JdrYGtwlMsi49FPwN/mGddNeLQ95k8ubNm7w+L2bT+Q88HAHwAZBSTAh1"
        "wkqYnZg7Q7ioa2dRFHeqULeqEK0PrmquO3IJhZQwyoNXDBu2KrZexaRJsUqVM5+Qam0RhjhhjBgf28+X6oyL1Xq11n53nJvZR2cF"
        "E4eH+Qb4yp3zfuSRKFDcM3nQZ6NOJ/s+/r88adOgKifYNEvtNwinrKDQxT/Di97wDSm64PcDm6N8ar1NTMb+Q5ecpr1am4GTnMaM"
        "QBu45/uG8QvThUfr"
    )
)


def test_the_same_bytes_as_unoidl_write():
    assert type_library("org.kmvabs.XFunctions", METHODS, NOTE) == UNOIDL_WRITE


def test_the_note_is_left_out_of_ours():
    assert b"unoidl-write" not in type_library("org.kmvabs.XFunctions", METHODS)
