"""Every route of the four services, from the applications themselves, and what a good call of each is.

Promises: an application is put together by the service's own wiring with the settings of its running process,
so a new route is here without being named; bodies that fit come from the service's description of its API,
names of form fields from its pages' sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from servicekit.cli import Wiring
from servicekit.settings import Settings
from servicekit.testing.binaries import ROOT
from tests.way.citizen import ask
from tests.way.platform import SERVICES, Platform

_FIELD = re.compile(r"""["']([a-z][a-z0-9]*(?:_[a-z0-9]+)*)["']""")
_KIND = re.compile(r":\w+}")


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path. ``path`` has ``{name}`` where a value goes.

    ``kinds`` are the types of those; ``examples`` are bodies that fit, ``queries`` and ``fields`` names.
    """

    service: str
    method: str
    path: str
    permission: str
    kinds: Mapping[str, str]
    examples: Sequence[Any] = ()
    queries: Sequence[str] = ()
    fields: Sequence[str] = ()

    @property
    def api(self) -> bool:
        """Whether it speaks JSON."""
        return self.path.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


async def routes(platform: Platform) -> list[Route]:
    """All of them, in a fixed order."""
    found = [one for service in SERVICES for one in await _of(platform, service)]
    return sorted(found, key=str)


async def _of(platform: Platform, service: str) -> list[Route]:
    wiring: Wiring = import_module(f"services.{service}.wiring").WIRING
    given: dict[str, Any] = {name.lower(): text for name, text in platform.environment(service).items()}
    kit = await wiring.opened(Settings(**given))
    async with kit.parts.close:
        await wiring.build(kit, {"api"})
        made = [one for one in kit.parts.app.routes if getattr(one, "route_handlers", ())]
    told = await ask(platform.url(service), "GET", f"/api/{service}/v1/openapi.json")
    paths = json.loads(told.body)["paths"] if told.status == 200 else {}
    return [one for route in made for one in _methods(service, route, paths, _fields(service))]


def _methods(service: str, route: Any, paths: Mapping[str, Any], fields: Sequence[str]) -> Iterator[Route]:
    kinds = {name: one.type.__name__ for name, one in route.path_parameters.items()}
    for handler in route.route_handlers:
        for method in sorted(handler.http_methods - {"OPTIONS"}):
            told = paths.get(route.path_format, {}).get(method.lower(), {})
            yield Route(
                service,
                method,
                route.path_format,
                handler.opt["permission"],
                kinds,
                [
                    one
                    for content in told.get("requestBody", {}).get("content", {}).values()
                    for one in content["schema"]["examples"]
                ],
                [one["name"] for one in told.get("parameters", ()) if one["in"] == "query"],
                fields,
            )


def _fields(service: str) -> list[str]:
    """All that looks like a name in the sources of a service's pages: more than fields, and none missing."""
    folder = ROOT / "services" / service
    files = [*folder.rglob("*.jinja"), *(folder / "pages").rglob("*.py")]
    return sorted({name for file in files for name in _FIELD.findall(file.read_text("utf-8"))})
