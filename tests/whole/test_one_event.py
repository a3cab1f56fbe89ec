"""One booking's whole way through real processes: HTTP, log, Kafka, mail, link, weekly figure."""

from __future__ import annotations

import unicodedata
from typing import Any

import httpx

from devstack.week.quiet import watching
from servicekit.testing.postgres import finish
from tests.way.citizen import Citizen, link_token
from tests.way.platform import Platform
from tests.way.program import eventually

WEEK = "2026-W49"
TUESDAY, THURSDAY = "2026-12-08", "2026-12-10"
STAGES = ("held", "contact_given", "mail_accepted", "confirmed", "expired_held", "cancelled")


def figures(platform: Platform) -> dict[str, int]:
    """The funnel of the week in which the test's bookings were made."""
    answer = httpx.get(f"{platform.url('reporting')}/api/reporting/v1/weeks/{WEEK}")
    assert answer.status_code == 200, answer.text
    values = {line["metric"]: line["value"] for line in answer.json()["figures"]}
    return {stage: values[f"funnel.{stage}"] or 0 for stage in STAGES}


def settled(platform: Platform) -> dict[str, int]:
    """The figures, once nothing of the tests before is still on its way to them."""

    async def rest() -> None:
        async with watching(platform.databases) as quiet:
            await quiet.rest(platform.clock.now())

    finish(rest())
    return figures(platform)


def grows(platform: Platform, before: dict[str, int], **by: int) -> None:
    """Wait until the week shows exactly this much more than before."""
    wanted = {stage: before[stage] + by.get(stage, 0) for stage in STAGES}
    try:
        eventually(lambda: figures(platform) == wanted)
    except AssertionError:
        raise AssertionError(f"{figures(platform)} instead of {wanted}") from None


def entry(of: Citizen, mail: dict[str, Any], method: str, sequence: int) -> dict[str, str]:
    """The mail's calendar entry, which has this method and number."""
    found = of.entry(mail)
    assert (found["METHOD"], found["SEQUENCE"]) == (method, str(sequence)), found
    return found


def test_a_booking_goes_from_the_first_request_over_the_mailed_link_into_the_weekly_figure(
    platform: Platform,
) -> None:
    before, erika = settled(platform), Citizen(platform)
    services = ("passport_apply", "registration")
    held = erika.reserve(erika.free(TUESDAY, *services)[0], *services)
    assert held["state"] == "held"
    grows(platform, before, held=1)
    assert erika.give_contact()["state"] == "unconfirmed"
    asked = erika.mail(1)
    assert "bestätigen" in asked["subject"]
    assert not erika.entry(asked)
    grows(platform, before, held=1, contact_given=1, mail_accepted=1)

    confirmed = erika.confirm()
    first = entry(erika, confirmed, "REQUEST", 0)
    assert first["UID"].startswith(erika.booking_id)
    for words in ("Reisepass", "Rathausplatz 1", "8.12.2026"):
        assert words in confirmed["text"], words
    grows(platform, before, held=1, contact_given=1, mail_accepted=1, confirmed=1)

    page = httpx.get(f"{platform.url('reporting')}/berichte/woche/{WEEK}")
    assert page.status_code == 200
    assert "Reserviert" in page.text

    # the appointment moves, is cancelled and taken back: a mail each, one calendar entry for life
    proof = link_token(confirmed)
    moved_to = erika.free(THURSDAY, *services)[0]
    assert erika.command("reschedule", {"starts_at": moved_to}, proof)["starts_at"] == moved_to
    moved = entry(erika, erika.mail(3), "REQUEST", 1)
    assert moved["UID"] == first["UID"]
    assert moved["DTSTART"] != first["DTSTART"]

    assert erika.command("cancel", {"date": THURSDAY}, proof)["state"] == "cancelled"
    cancelled_mail = erika.mail(4)
    cancelled = entry(erika, cancelled_mail, "CANCEL", 2)
    assert {name: cancelled[name] for name in ("UID", "DTSTART", "SUMMARY", "LOCATION")} == {
        name: moved[name] for name in ("UID", "DTSTART", "SUMMARY", "LOCATION")
    }
    for words in ("Reisepass", "anmelden", "10.12.2026", "Rathausplatz 1"):
        assert words in cancelled_mail["text"], words
    grows(platform, before, held=1, contact_given=1, mail_accepted=1, confirmed=1, cancelled=1)

    assert erika.command("undo-cancel", {}, proof)["state"] == "confirmed"
    again = entry(erika, erika.mail(5), "REQUEST", 3)
    assert (again["UID"], again["DTSTART"]) == (first["UID"], moved["DTSTART"])
    grows(platform, before, held=1, contact_given=1, mail_accepted=1, confirmed=1)
    assert len(erika.mails()) == 5


def test_a_confirm_link_pressed_again_after_a_move_sends_no_mail(platform: Platform) -> None:
    otto = Citizen(platform)
    otto.reserve(otto.free(TUESDAY)[0])
    otto.give_contact()
    confirmed = otto.confirm()
    page_of_the_first_link = otto.mail(1)["links"][0]
    otto.command("reschedule", {"starts_at": otto.free(THURSDAY)[0]}, link_token(confirmed))
    otto.mail(3)
    again = otto.open(page_of_the_first_link)
    assert again.status_code == 200
    assert "10. Dezember" in again.text

    ida = Citizen(platform)  # whose mails come after any that the second look might have caused
    ida.reserve(ida.free(TUESDAY)[0])
    ida.give_contact()
    ida.confirm()
    assert len(otto.mails()) == 3


NAMES = (
    "O",
    "Bono",
    "D’Angelo",
    "Nguyễn",
    "Żółć",
    "محمد",
    "Müller-Lüdenscheidt-von der Hohenstraße zu Berg",
    "St. John",
    "<b>Eva</b>",
)


def test_real_names_reach_the_mail_as_they_are_written(platform: Platform) -> None:
    people = [Citizen(platform, unicodedata.normalize("NFD", name)) for name in NAMES]
    for person in people:
        person.reserve(person.free(THURSDAY)[0])
        person.give_contact()
    for person, name in zip(people, NAMES, strict=True):
        mail = person.mail(1)
        greeting = mail["text"].splitlines()[0]
        assert "&#" not in mail["text"] + mail["html"]
        assert "<b>Eva" not in mail["html"]
        if not greeting.startswith("Guten Tag, "):
            assert name in unicodedata.normalize("NFC", greeting), greeting
