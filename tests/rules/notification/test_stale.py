"""Is the mail still true? Decided by the booking's last event, never by a clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from buergerbuero_contracts.notification import Template
from services.notification.rules.templates import (
    VERSIONS,
    BookingPhase,
    PersonLook,
    PersonNow,
    SourceLook,
    SourceNow,
    link_is_void,
    look_at_person,
    look_at_source,
)
from tests.rules.notification.given import NOW

P = BookingPhase


@pytest.mark.parametrize(
    ("template", "booking", "look"),
    [
        # nothing known yet, or only what was before the event
        (Template.CONFIRMED, None, SourceLook.BEHIND),
        (Template.CONFIRMED, SourceNow(39, 39, P.UNCONFIRMED), SourceLook.BEHIND),
        # still so
        (Template.CONFIRM_REQUEST, SourceNow(40, 40, P.UNCONFIRMED), SourceLook.HOLDS),
        (Template.CONFIRMED, SourceNow(40, 40, P.CONFIRMED), SourceLook.HOLDS),
        (Template.CANCELLED_BY_OFFICE, SourceNow(40, 40, P.CANCELLED), SourceLook.HOLDS),
        # confirmed, expired, cancelled meanwhile
        (Template.CONFIRM_REQUEST, SourceNow(44, 44, P.CONFIRMED), SourceLook.LEFT),
        (Template.CONFIRM_REQUEST, SourceNow(44, 40, P.EXPIRED), SourceLook.LEFT),
        (Template.CONFIRM_REQUEST, SourceNow(44, 44, P.CANCELLED), SourceLook.LEFT),
        # another attempt, perhaps to a corrected address
        (Template.CONFIRM_REQUEST, SourceNow(44, 44, P.UNCONFIRMED), SourceLook.LEFT),
        # moved again: the later mail tells the later time
        (Template.CONFIRMED, SourceNow(44, 44, P.CONFIRMED), SourceLook.LEFT),
        (Template.MOVED, SourceNow(44, 44, P.CONFIRMED), SourceLook.LEFT),
        # cancelled, undone, displaced, or already through the door
        (Template.MOVED, SourceNow(44, 44, P.CANCELLED), SourceLook.LEFT),
        (Template.CANCELLED_BY_CITIZEN, SourceNow(44, 44, P.CONFIRMED), SourceLook.LEFT),
        (Template.CONFIRMED, SourceNow(44, 44, P.DISPLACED), SourceLook.LEFT),
        (Template.CONFIRMED, SourceNow(44, 40, P.ADMITTED), SourceLook.LEFT),
    ],
)
def test_a_mail_speaks_of_the_event_that_asked_for_it(
    template: Template, booking: SourceNow | None, look: SourceLook
) -> None:
    assert look_at_source(template, 40, booking) is look


def test_every_template_of_this_service_has_a_phase_that_makes_it_true() -> None:
    for template in VERSIONS:
        assert look_at_source(template, 2, SourceNow(1, 1, P.HELD)) is SourceLook.BEHIND


LATER, BEFORE = NOW + timedelta(days=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("person", "look"),
    [
        (None, PersonLook.BEHIND),
        (PersonNow(1, LATER, False, True, False), PersonLook.BEHIND),
        (PersonNow(2, LATER, False, True, False), PersonLook.HERE),
        (PersonNow(9, LATER, False, True, False), PersonLook.HERE),
        (PersonNow(2, LATER, False, False, False), PersonLook.NO_ADDRESS),
        (PersonNow(2, LATER, False, True, True), PersonLook.SUPPRESSED),
        # a tombstone counts whatever its revision
        (PersonNow(1, None, True, False, False), PersonLook.ERASED),
        (PersonNow(3, LATER, True, False, False), PersonLook.ERASED),
        (PersonNow(2, BEFORE, False, True, False), PersonLook.ERASED),
        # a copy whose time is over may be kept longer by the revision that the event knows of
        (PersonNow(1, NOW, False, True, False), PersonLook.BEHIND),
        (PersonNow(1, BEFORE, True, False, False), PersonLook.BEHIND),
    ],
)
def test_a_person_is_written_to_only_with_a_living_copy_as_new_as_the_event(
    person: PersonNow | None, look: PersonLook
) -> None:
    assert look_at_person(2, person, NOW) is look


@pytest.mark.parametrize(
    ("template", "person", "void"),
    [
        (Template.CONFIRM_REQUEST, PersonNow(3, LATER, False, True, False, address_after=2), True),
        # another end of the row is a revision too, and the address is as old as before
        (Template.CONFIRM_REQUEST, PersonNow(3, LATER, False, True, False, address_after=1), False),
        (Template.CONFIRM_REQUEST, PersonNow(3, LATER, False, True, False), False),
        (Template.CONFIRM_REQUEST, None, False),
        # any other mail tells what holds, whatever the address
        (Template.CONFIRMED, PersonNow(3, LATER, False, True, False, address_after=2), False),
    ],
)
def test_the_link_of_a_request_is_void_once_the_address_was_corrected(
    template: Template, person: PersonNow | None, void: bool
) -> None:
    assert link_is_void(template, 2, person) is void
