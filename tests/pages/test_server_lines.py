"""A real server on hostile bytes: nothing that it or we print holds a token, and nothing is a 5xx."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pages.browser import free_port, serving
from tests.way.memory_office import MemoryOffice, an_app

TOKEN = "CANARY" * 9
FORM = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded"
API = "POST /api/booking/v1/bookings HTTP/1.1\r\nHost: x\r\nIdempotency-Key: 12345678"
HOSTILE = {
    "GET": f"GET /de/t/{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "HEAD": f"HEAD /de/t/{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "PUT": f"PUT /de/t/{TOKEN} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    "a method of its own": f"BREW /de/t/{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in the path": f"GET /de/t/%00{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "a raw NUL": f"GET /de/t/\0{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "no UTF-8 in the path": f"GET /de/t/%ff%fe{TOKEN} HTTP/1.1\r\nHost: x\r\n\r\n",
    "no UTF-8 in the query": f"GET /de/t/{TOKEN}?lang=%ff HTTP/1.1\r\nHost: x\r\n\r\n",
    "no such host": f"GET /de/t/{TOKEN} HTTP/1.1\r\nHost: x y/{TOKEN}\r\n\r\n",
    "NUL in the form": f"POST /de/t/{TOKEN} HTTP/1.1\r\nHost: x\r\n{FORM}\r\nContent-Length: 5\r\n\r\na=%00",
    "too large a form": f"POST /de/t/{TOKEN}/bestaetigen HTTP/1.1\r\nHost: x\r\n{FORM}\r\n"
    f"Content-Length: 70000\r\n\r\n{'x' * 70000}",
    "too large in chunks": f"{API}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    f"11170\r\n{'x' * 70000}\r\n0\r\n\r\n",
    "a length that is a lie": f"{API}\r\nContent-Length: 99999999\r\n\r\n{TOKEN}",
    "no length at all": f"{API}\r\n\r\n{TOKEN}",
    "a client that hangs up": f"POST /de/t/{TOKEN}/bestaetigen HTTP/1.1\r\nHost: x\r\n{FORM}\r\n"
    f"Content-Length: 500\r\n\r\n{TOKEN}",
    "no HTTP": f"{TOKEN}\r\n\r\n",
}


async def _send(port: int, name: str, data: str) -> str:
    """The status that comes back; empty if the client is gone before."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(OSError):  # the server may have hung up already, its answer first
        writer.write(data.encode())
        await writer.drain()
        if "hangs up" in name:
            writer.write_eof()
        answer = await asyncio.wait_for(reader.read(4096), 10)
    writer.close()
    return answer.decode("latin-1")


async def test_hostile_bytes_get_a_4xx_and_leave_no_trace(
    tmp_path: Path, seeded_office: MemoryOffice, capfd: pytest.CaptureFixture[str], caplog: Any
) -> None:
    """F27: the server's own lines too, also when a client hangs up."""
    port = free_port()
    app = an_app(MemoryOffice(tmp_path).like(seeded_office))
    async with serving(app, port):
        answers = {name: await _send(port, name, data) for name, data in HOSTILE.items()}
    for name, answer in answers.items():
        assert answer.startswith("HTTP/1.1 4") or (not answer and "hangs up" in name), (name, answer[:80])
        assert TOKEN not in answer, name
    printed = capfd.readouterr()
    assert "CANARY" not in printed.out + printed.err + caplog.text
    assert "http_request" in printed.out and "http_fault" not in printed.out
