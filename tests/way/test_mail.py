"""Mails on their whole way: event in, real log, real mail server, and what is recorded of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from servicekit.people import erase
from servicekit.react import Reactor
from servicekit.tokens import Purpose
from services.notification.copies import Copies
from services.notification.postfach import Mail
from services.notification.smtp import Deferred
from tests.conftest import Databases
from tests.way.mail_story import Story, asked
from tests.way.mail_world import START, World, open_world
from tests.way.test_mail_stops import Server

NAMES = (
    "O",
    "D’Angelo",
    "Nguyễn",
    "Żółć",
    "Đặng Thị Ánh",
    "Łukasiewicz",
    "Sørensen",
    "O'Brien",
    "Åse-" * 24 + "Åsae",
    "محمد علي",
    "Müller-Lüdenscheidt-von der Hohenstraße zu Berg",
    "St. John",
)


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(database("notification"), tmp_path) as world:
        yield world


def entry(mail: Mail) -> dict[str, str]:
    """The calendar entry's properties; those of the event, as its lines come last."""
    unfolded = re.sub(r"\r?\n ", "", mail.body("calendar"))
    return dict(re.findall(r"^([A-Z]+)[^:\r\n]*:(.*?)\r?$", unfolded, flags=re.M))


async def test_a_confirm_request_arrives_with_a_link_that_proves_the_mailbox(world: World) -> None:
    story = await asked(world, Story())
    await world.work()
    (mail,) = await world.mails()
    assert (mail.to, mail.subject) == (
        "erika@example.org",
        "Ihr Termin am Di, 1.12.2026, 9:00 Uhr – bitte bestätigen",
    )
    (link,) = mail.links
    found = re.fullmatch(r"http://127\.0\.0\.1:8000/de/t/([\w-]{54})", link)
    assert found
    proof = world.tokens.verify(found[1], Purpose.CONFIRM)
    assert proof is not None and proof.id == story.booking_id
    assert re.fullmatch(r"bounce\+[0-9a-f]{32}@flensburg\.example", mail.mail_from)
    assert await world.types() == ["MessageQueued", "MessageSourced", "SendStarted", "MessageSent"]
    assert await world.due() == [], "a message at its end is in no queue"


async def test_the_same_event_again_sends_nothing_again(world: World) -> None:
    story = Story()
    await world.person(story.person_id)
    records = await world.happened(story.opened(), story.requested())
    await world.work()
    await world.arrive(*records)  # delivered again
    await world.pool.execute("DELETE FROM reactions.checkpoint")
    await world.arrive(*records)  # even with the checkpoint lost
    await world.work()
    assert len(await world.mails()) == 1


@pytest.mark.parametrize(
    ("by", "reason", "said_why"),
    [
        ("office", "office_fault", "Ein Fehler auf unserer Seite"),
        ("citizen", "citizen_wish", "auf Ihren Wunsch"),
    ],
)
async def test_f29_every_mail_of_a_life_tells_it_all_even_after_a_restart(
    database: Databases, tmp_path: Path, by: str, reason: str, said_why: str
) -> None:
    """``BookingCancelled`` alone carries neither services nor site: they are kept from before."""
    own, story = database("notification"), Story()
    moved_to = START + timedelta(days=2)
    async with open_world(own, tmp_path) as world:
        await asked(world, story)
        await world.work()
        for event in (story.confirmed(), story.moved(moved_to)):
            await world.happened(event)
            await world.work()
        position, last = world.position, world.last
    async with open_world(own, tmp_path, again=True) as world:  # no memory of what was before
        world.position, world.last = position, last
        await world.happened(story.cancelled(by, reason, start=moved_to, sequence=3))
        await world.work()
        mails = await world.mails()
    request, confirmed, moved, cancelled = mails
    for mail, when in ((confirmed, "Di, 1.12.2026"), (moved, "Do, 3.12.2026"), (cancelled, "Do, 3.12.2026")):
        for said in (
            "Reisepass beantragen",
            "Wohnsitz anmelden",
            "2 Personen",
            f"{when}, 9:00 Uhr",
            "Rathausplatz 1, 24937 Flensburg",
        ):
            assert said in mail.body("plain"), said
    assert f"Grund: {said_why}" in cancelled.body("plain")
    entries = [entry(mail) for mail in (confirmed, moved, cancelled)]
    assert [one["METHOD"] for one in entries] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one["SEQUENCE"] for one in entries] == ["1", "2", "3"]
    assert {one["UID"] for one in entries} == {f"{story.booking_id}@flensburg.example"}
    for name in ("DTSTART", "SUMMARY", "LOCATION"):
        assert entries[1][name] == entries[2][name], name
    assert not request.body("calendar")


async def test_a_mail_waits_for_the_persons_copy_and_goes_when_it_comes(world: World) -> None:
    story = Story()
    await world.happened(story.opened(), story.requested())
    await world.work()
    assert (await world.types())[-1] == "MessageWaited"
    await world.later(seconds=3)
    assert (await world.types()).count("MessageWaited") == 1, "waiting on leaves no trace"
    await world.person(story.person_id)
    await world.later(seconds=3)
    assert len(await world.mails()) == 1


async def test_an_older_copy_is_not_used_after_the_address_was_corrected(world: World) -> None:
    story = Story()
    await world.person(story.person_id, email="wrong@example.org", revision=1)
    await world.happened(story.opened(), story.requested(), story.requested(attempt=2, revision=2))
    await world.work()
    assert await world.mails() == [], "the first attempt is dead, the second waits for the new address"
    await world.person(story.person_id, email="right@example.org", revision=2)
    await world.later(seconds=2)
    assert [mail.to for mail in await world.mails()] == ["right@example.org"]


@pytest.mark.parametrize(
    ("changed", "to", "last"),
    [
        ({"email": "erika@example.org"}, [], "MessageSkipped"),
        ({"keep_until": START + timedelta(days=9)}, ["erika@exmaple.org"], "MessageSent"),
    ],
)
async def test_a_request_that_was_put_off_goes_to_the_address_it_was_meant_for_or_to_nobody(
    world: World, changed: dict[str, Any], to: list[str], last: str
) -> None:
    """Its link counts no more once the address is corrected; the new request may be withheld, untold."""
    story = await asked(world, Story(), email="erika@exmaple.org")
    await world.work(world.make_mailer(Server(Deferred(451))))
    assert (await world.types())[-1] == "SendDeferred"
    await world.person(story.person_id, revision=2, **{"email": "erika@exmaple.org", **changed})
    await world.later(seconds=30)
    assert [mail.to for mail in await world.mails()] == to
    assert (await world.types())[-1] == last


async def test_a_person_who_is_kept_longer_after_the_copy_ended_gets_the_mail(world: World) -> None:
    """The owner erases at another moment than whoever keeps the copy, and had not done so yet."""
    one, two = Story(), Story()
    for story in (one, two):
        await world.person(story.person_id, keep_until=world.clock.at - timedelta(minutes=1))
    await erase(world.connection, world.clock.at)
    await world.person(one.person_id, revision=2)
    for story in (one, two):
        await world.happened(story.confirmed().model_copy(update={"person_revision": 2}))
    await world.work()
    assert len(await world.mails()) == 1
    await world.person(two.person_id, revision=2)  # the topic of people was behind
    await world.later(seconds=2)
    assert len(await world.mails()) == 2


async def test_f20_a_a_person_who_was_erased_gets_nothing_and_nothing_fails(
    database: Databases, tmp_path: Path
) -> None:
    own, story = database("notification"), Story()
    async with open_world(own, tmp_path) as world:
        await asked(world, story)
        await world.happened(story.confirmed(), story.cancelled(by="citizen", reason="citizen_wish"))
        await world.person(story.person_id, revision=2, erased=True)
        await world.later(minutes=30)  # nothing ran in between
        assert await world.mails() == []
        types = await world.types()
        assert types.count("MessageSkipped") == 3
        assert "MessageFailed" not in types and "MessageWaited" not in types
        assert await world.due() == []


async def test_what_the_booking_has_left_behind_is_not_said_any_more(world: World) -> None:
    story = await asked(world, Story())
    await world.happened(
        story.confirmed(), story.moved(START + timedelta(hours=1)), story.cancelled(sequence=3)
    )
    await world.work()
    (mail,) = await world.mails()
    assert "fällt aus" in mail.subject
    assert (await world.types()).count("MessageSkipped") == 3


async def test_an_undone_cancellation_says_that_the_appointment_stands(world: World) -> None:
    story = await asked(world, Story(language="en"))
    await world.happened(
        story.confirmed(), story.cancelled(by="citizen", reason="citizen_wish"), story.undone()
    )
    await world.work()
    (mail,) = await world.mails()
    assert mail.subject == "Your appointment on Tue, 1 Dec 2026, 9:00 is valid again"
    assert mail.message["Content-Language"] == "en"
    assert "SEQUENCE:3" in mail.body("calendar")


async def test_a_person_without_an_address_is_skipped(world: World) -> None:
    await asked(world, Story(), email=None)
    await world.work()
    assert (await world.types())[-1] == "MessageSkipped"


async def test_a_mail_does_not_wait_for_the_suppression_list_to_be_tidied(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task of its own does that."""

    async def locked(_copies: Copies, _at: datetime) -> None:
        raise TimeoutError

    monkeypatch.setattr(Copies, "forget", locked)
    await asked(world, Story())
    await world.work()
    assert (await world.types())[-1] == "MessageSent"


async def test_what_cannot_be_written_is_parked_and_stops_nobody_else(world: World) -> None:
    broken = Story()
    await world.person(broken.person_id)
    event = broken.confirmed()
    await world.happened(event.model_copy(update={"site": "nowhere"}))
    await asked(world, Story())
    await world.work()
    assert "MessageParked" in await world.types()
    assert len(await world.mails()) == 1


async def test_f36_names_arrive_as_they_are(world: World) -> None:
    for name in NAMES:
        await asked(world, Story(), name=name)
    await world.work()
    mails = await world.mails()
    texts = [mail.body("plain").replace("\u2068", "").replace("\u2069", "") for mail in mails]
    assert sorted(text.partition(", bitte")[0] for text in texts) == sorted(f"Guten Tag {n}" for n in NAMES)
    assert not [mail for mail in mails if "&#39;" in mail.body("html")]


async def test_a_cancellation_that_overtakes_the_read_model_is_written_in_the_bookings_language(
    world: World,
) -> None:
    story = Story(language="en")
    await world.person(story.person_id)
    records = [world.record(one) for one in (story.opened(), story.confirmed(), story.cancelled())]
    for consumer in sorted(world.consumers, key=lambda one: not isinstance(one, Reactor)):
        for record in records:
            if record.topic in consumer.topics:
                await consumer.apply(record.topic, record.partition, [record])
    await world.work()
    (mail,) = await world.mails()
    assert mail.message["Content-Language"] == "en"
