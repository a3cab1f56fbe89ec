"""Lead times: what the hourly sample says, given the days as they are."""

from __future__ import annotations

from datetime import date

from buergerbuero_contracts.booking import LeadTime, Pool, Presence, ServiceChannel
from services.booking.rules.catalogue import Service
from services.booking.rules.day_state import DayPlan
from services.booking.rules.lead_time import sample
from tests.rules.booking.office import block, on, plan, planned

FRIDAY, MONDAY, TUESDAY = date(2026, 12, 4), date(2026, 12, 7), date(2026, 12, 8)


def service(code: str, sets: str, channels: tuple[ServiceChannel, ...] = (ServiceChannel.VISIT,)) -> Service:
    return Service(
        "flensburg", code, "identity", 15, channels, Presence.SELF, sets=frozenset({sets}), on_offer=True
    )


CATALOGUE = {
    one.code: one
    for one in (
        service("passport_apply", "identity"),
        service("certified_copy", "certificates"),
        service("register_inquiry", "certificates", (ServiceChannel.POST,)),
    )
}


def day(of: date, *, pool: Pool = Pool.ONLINE, skills: tuple[str, ...] = ("identity",)) -> DayPlan:
    return plan(planned(block("counter_1", "08:00-09:00", pool, of), day=of, skills=skills))


def test_the_first_public_place_counts_in_working_days_after_today() -> None:
    now = on(FRIDAY, "10:00")
    entries = sample("flensburg", CATALOGUE, [day(MONDAY), day(TUESDAY)], now).entries
    assert entries[1] == LeadTime(service="passport_apply", first_free_on=MONDAY, working_days=1)


def test_a_service_without_any_place_is_told_without_a_date() -> None:
    entries = sample("flensburg", CATALOGUE, [day(MONDAY)], on(FRIDAY, "10:00")).entries
    assert entries[0] == LeadTime(service="certified_copy")


def test_places_of_staff_pools_are_not_public() -> None:
    days = [day(MONDAY, pool=Pool.DESK), day(TUESDAY)]
    entries = sample("flensburg", CATALOGUE, days, on(FRIDAY, "10:00")).entries
    assert entries[1].first_free_on == TUESDAY


def test_what_needs_no_visit_has_no_lead_time() -> None:
    entries = sample("flensburg", CATALOGUE, [day(MONDAY)], on(FRIDAY, "10:00")).entries
    assert [entry.service for entry in entries] == ["certified_copy", "passport_apply"]
