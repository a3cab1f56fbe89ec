"""A client that is cheaper than the service it asks: requests by hand over connections that stay open.

Promises: HTTP/1.1 with a length on both sides, as the service answers its JSON API; a connection that the
service closed is opened again, once. With a comfortable client the simulation measures the client.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Wire:
    """As many connections as are asked for at once."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._idle: list[Pair] = []

    async def post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of the answer."""
        content = json.dumps(body).encode()
        given = {"Host": f"{self._host}:{self._port}", "Content-Type": "application/json", **headers}
        lines = [f"POST {path} HTTP/1.1", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in given.items()]
        message = "\r\n".join([*lines, "", ""]).encode() + content
        try:
            return await self._asked(message)
        except (ConnectionError, asyncio.IncompleteReadError):
            self._idle.clear()
            return await self._asked(message)

    async def _asked(self, message: bytes) -> tuple[int, dict[str, Any]]:
        pair = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        reader, writer = pair
        writer.write(message)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        content = await reader.readexactly(int(fields["content-length"]))
        self._idle.append(pair)
        found: dict[str, Any] = json.loads(content)
        return int(head[0].split()[1]), found

    def close(self) -> None:
        """Close what is open."""
        for _reader, writer in self._idle:
            writer.close()
