"""All routes of reporting, ready to be plugged into the application of ``servicekit.web.app``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from litestar import Router
from litestar.di import Provide

from servicekit.web.pages import Pages

from .api import open_data as open_data_api
from .api import versions
from .api import weeks as api
from .gather import Read
from .history import History
from .pages import compare, month, open_data, week, year
from .report import Reports

TEMPLATES = Path(__file__).parent / "templates"


def routes(
    read: Read,
    now: Callable[[], datetime],
    pages: Pages,
    history: History,
    *,
    permission: str = "see_figures",
) -> list[Router]:
    """The handlers of API and pages.

    ``read`` gives a connection on a read model by its name, ``now`` is the clock port, ``pages`` has
    ``TEMPLATES`` among its folders, ``history`` holds the versions of closed weeks. ``permission`` is what
    a reader needs: ``see_figures``, or ``public`` where there is no login yet. Open data is for everybody.
    """
    reports = Reports(read, now)
    shared = {
        "reports": Provide(lambda: reports, sync_to_thread=False),
        "history": Provide(lambda: history, sync_to_thread=False),
        "pages": Provide(lambda: pages, sync_to_thread=False),
    }
    opt = {"permission": permission}
    return [
        Router(
            "/api/reporting/v1",
            route_handlers=(*api.HANDLERS, *versions.HANDLERS),
            dependencies=shared,
            opt=opt,
        ),
        Router(
            "/",
            route_handlers=(*open_data.HANDLERS, *open_data_api.HANDLERS),
            dependencies=shared,
            include_in_schema=False,
        ),
        Router(
            "/",
            route_handlers=(*week.HANDLERS, *month.HANDLERS, *year.HANDLERS, *compare.HANDLERS),
            dependencies=shared,
            opt=opt,
            include_in_schema=False,
        ),
    ]
