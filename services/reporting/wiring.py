"""Reporting put together: read models from three topics, the weekly page, its CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from servicekit.assembly import add_projections, until
from servicekit.cli import Wiring
from servicekit.read_model import read_model
from servicekit.service import Kit, Service, kafka_of
from servicekit.settings import Settings, SettingsError, from_file
from services.reporting.closing import Closing
from services.reporting.history import History
from services.reporting.projections import PROJECTIONS
from services.reporting.verify import verify_week
from services.reporting.versions import Seal
from services.reporting.weeks import Week

SERVICE = Service("reporting", log=False, projections=PROJECTIONS)


async def build(kit: Kit, roles: set[str]) -> None:
    """Add what the roles need."""
    if "project" in roles:
        add_projections(kit)
        add_closing(kit)
    if "api" in roles:
        from services.reporting.web import add_web

        add_web(kit)


def add_closing(kit: Kit) -> None:
    """Close weeks beside the read models; without a key ring only a development stack does without."""
    ring, checks = kit.settings.link_keys_file, [kit.parts.ready[one.name] for one in PROJECTIONS]
    if ring is None and kit.settings.development:
        return

    async def ready() -> bool:
        return all([await check() for check in checks])

    seal = from_file("LINK_KEYS_FILE", ring, Seal)
    closing = Closing(partial(read_model, kit.pool), History(kit.pool), seal, kit.clock.now, ready)
    kit.parts.tasks["closing"] = lambda stop: until(stop, closing.run())


async def verify(settings: Settings, words: Sequence[str]) -> int:
    """``verify-week 2026-W47 [number]``: prints what came of it; the exit code."""
    week = Week.parse(words[0]) if words else None
    if week is None or len(words) > 2 or not all(word.isdecimal() for word in words[1:]):
        print("verify-week takes a week such as 2026-W47, and the number of a version if not the newest")
        return 2
    if settings.migration_database_url is None:
        raise SettingsError("MIGRATION_DATABASE_URL is needed for this")
    seal = from_file("LINK_KEYS_FILE", settings.link_keys_file, Seal)
    number = int(words[1]) if len(words) == 2 else None
    found = await verify_week(week, number, settings.migration_database_url, kafka_of(settings), seal)
    if found is None:
        print(f"{week}: there is no such version; a week is closed two weeks after its Sunday")
        return 1
    version = found.version
    print(
        f"{week}, version {version.number} of {version.made_at:%Y-%m-%d %H:%M} UTC, {found.records} records"
    )
    print("\n".join(found.problems) or f"equal in every figure; seal genuine, SHA-256 {version.digest}")
    return 1 if found.problems else 0


WIRING = Wiring(SERVICE, ("api", "project"), build)
