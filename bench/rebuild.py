"""G14: a read model anew from the topic, with the handlers of the live one."""

from __future__ import annotations

import time

from bench.frame import Measured, Wrong, settle
from bench.project import complete
from bench.servers import Servers
from bench.topic import empty_reporting, filled, log_template
from servicekit.kafka import Kafka
from servicekit.rebuild import rebuild as rebuilt
from services.reporting.projections import FUNNEL


async def rebuild(servers: Servers) -> Measured:
    """The next generation, to the switch."""
    async with servers.fresh(await log_template(servers)) as log:
        bootstrap = await filled(servers, log)
    async with servers.fresh(await empty_reporting(servers)) as reporting:
        settle()
        begun = time.perf_counter()
        made = await rebuilt(FUNNEL, reporting.owner_url, Kafka(bootstrap))
        seconds = time.perf_counter() - begun
        if made.records != servers.size.events:
            raise Wrong(f"{made.records} of {servers.size.events} records were read")
        await complete(reporting, servers.size.events // 2)
    return {"rate": made.records / seconds}
