"""A line delays what meets a cut, loses and mixes nothing, and can break connections off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.chaos.wires import BACK, BOTH, TOWARDS, Wire, Wires


@pytest.fixture
def wires() -> Iterator[Wires]:
    own = Wires()
    yield own
    own.close()


@pytest.fixture
async def wire(wires: Wires) -> AsyncIterator[Wire]:
    """A line to a server that says everything again."""
    heard = asyncio.Queue[bytes]()

    async def again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            heard.put_nowait(line)
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(again, "127.0.0.1", 0)
    line = wires.lay(server.sockets[0].getsockname()[1])
    line.heard = heard  # type: ignore[attr-defined]  # what the server was told
    yield line
    server.close()


async def silent(reader: asyncio.StreamReader) -> bool:
    try:
        async with asyncio.timeout(0.2):
            return not await reader.readline()
    except TimeoutError:
        return True


async def test_a_cut_line_keeps_its_connections_and_what_was_said_arrives_in_order(wire: Wire) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"one\n")
    assert await reader.readline() == b"one\n"
    wire.cut(BOTH)
    writer.write(b"two\n")
    assert await silent(reader)
    writer.write(b"three\n")
    wire.mend()
    assert [await reader.readline(), await reader.readline()] == [b"two\n", b"three\n"]
    assert wire.waiting
    writer.close()


@pytest.mark.parametrize(("way", "heard"), [(TOWARDS, 0), (BACK, 1)])
async def test_one_way_the_server_hears_or_does_not(wire: Wire, way: str, heard: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"one\n")
    assert await reader.readline() == b"one\n"
    wire.cut([way])
    writer.write(b"two\n")
    assert await silent(reader)
    assert wire.heard.qsize() == 1 + heard  # type: ignore[attr-defined]
    wire.mend()
    assert await reader.readline() == b"two\n"
    writer.close()


async def test_who_gave_up_is_still_heard_later(wire: Wire) -> None:
    """The commit of somebody who is gone: the server gets it when the line heals."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    wire.cut([TOWARDS])
    writer.write(b"commit\n")
    writer.close()
    await asyncio.sleep(0.1)
    wire.mend()
    async with asyncio.timeout(5):
        assert await wire.heard.get() == b"commit\n"  # type: ignore[attr-defined]


async def test_a_reset_ends_connections_at_once(wire: Wire) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", wire.port)
    writer.write(b"one\n")
    assert await reader.readline() == b"one\n"
    assert wire.reset() == 1
    with pytest.raises(ConnectionResetError):
        await reader.readline()


async def test_a_server_that_is_gone_resets(wires: Wires) -> None:
    nobody = wires.lay(1)
    with pytest.raises(ConnectionResetError):
        reader, _writer = await asyncio.open_connection("127.0.0.1", nobody.port)
        await reader.readline()
