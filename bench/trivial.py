"""The smallest JSON answer of our own stack, Litestar on granian, one worker: what HTTP costs by itself."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from litestar import Litestar, get


@get("/", sync_to_thread=False)
def trivial() -> dict[str, bool]:
    """Nothing to find out, nothing to decide."""
    return {"ok": True}


async def serve(port: int) -> None:
    """For ever, with the limits of a role's server."""
    app = Litestar([trivial], openapi_config=None, logging_config=None)
    server = Server(
        app,
        "127.0.0.1",
        port,
        interface=Interfaces.ASGINL,
        websockets=False,
        backlog=1024,
        backpressure=4096,
        log_level=LogLevels.error,
    )
    async with app.lifespan():
        await asyncio.ensure_future(server.serve())


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
