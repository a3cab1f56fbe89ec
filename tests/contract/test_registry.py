"""All public types of the domain are there, and nothing else; topics are as designed."""

from __future__ import annotations

import pytest

from buergerbuero_contracts import topics
from buergerbuero_contracts.registry import EVENTS, ce_type, from_ce_type, public

BOOKING = """
DayPlanned DayReplanned SlotReserved SlotReleased SlotOffered OfferLapsed
BookingOpened ConfirmationRequested BookingConfirmed BookingRescheduled BookingCancelled
CancellationUndone BookingRestored HoldExpired BookingDisplaced AppointmentMissed
CitizenAdmitted AdmissionRefused AdmissionDisputed
VisitOpened CitizenCalled CitizenNotFound VisitReturned VisitParked VisitResumed VisitTransferred
ServiceStarted ServiceFinished CitizenLeft VisitCorrected
CounterOpened CounterPaused CounterResumed CounterClosed
CallClosed CallRecorded CallbackPromised CallbackKept CallbackMissed
WishMade WishConfirmed WishOffered WishFulfilled WishClosed ClosureDeclared ClosureLifted
ServiceDescribed ServiceRetired LeadTimesSampled WeekNoteWritten
"""
DOCUMENTS = """
DocumentOrdered DocumentReady DocumentShipped ShipmentDelivered DocumentStored DocumentReturned
DocumentFetched DocumentPlacedInLocker DocumentDestroyed DocumentHandedOver HandoverCorrected
DocumentMissed DocumentFound DocumentOverdue PickupInvited PickupReminded InvitationEnded
PickupBooked PickupReopened ItemReceived ItemAssigned ItemForwarded ItemAnswered ItemReopened
PapersRequested PapersReceived PapersOverdue
"""
NOTIFICATION = "MessageQueued MessageSkipped MessageSent MessageFailed MessageBounced LetterPrinted"

KEYS: dict[str, set[tuple[str, ...]]] = {
    "catalogue": {("site",)},
    "opening": {("site",)},
    "counter": {("site",)},
    "day_plan": {("site",), ("booking_id",)},
    "booking": {("booking_id",)},
    "visit": {("booking_id",)},
    "door": {("booking_id", "site")},
    "call": {("call_id",)},
    "waiting_list": {("wish_id",)},
    "lead_time": {("site",)},
    "week_note": {("site",)},
    "document": {("document_id",)},
    "invitation": {("invitation_id",)},
    "item": {("item_id",)},
    "message": {("message_id",)},
}


@pytest.mark.parametrize(
    ("service", "names"), [("booking", BOOKING), ("documents", DOCUMENTS), ("notification", NOTIFICATION)]
)
def test_the_registry_holds_exactly_the_domains_public_events(service: str, names: str) -> None:
    assert sorted(kind.__name__ for kind in public(service)) == sorted(names.split())
    assert {kind.service for kind in public(service)} == {service}


def test_reporting_has_no_events() -> None:
    assert public("reporting") == ()


def test_each_name_belongs_to_one_service() -> None:
    assert len(EVENTS) == sum(len(public(service)) for service in topics.SERVICES)


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_type_says_its_stream_and_the_key_of_that_stream(name: str) -> None:
    kind = EVENTS[name]
    assert kind.key in KEYS[kind.category]
    assert set(kind.key) <= set(kind.model_fields)
    assert kind.schema_version >= 1


def test_slots_go_with_their_booking_and_frames_and_offers_with_their_site() -> None:
    keys = {name: EVENTS[name].key for name in EVENTS if EVENTS[name].category == "day_plan"}
    assert {name for name, key in keys.items() if key == ("booking_id",)} == {"SlotReserved", "SlotReleased"}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_each_type_says_what_happened_and_when_it_is_sent(name: str) -> None:
    text = EVENTS[name].__dict__["__doc__"]
    assert text.split("\n")[0].count(".") >= 1
    assert "Sent" in text or "sent" in text.lower(), "when is it sent?"


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_who_names_a_person_names_the_revision_too(name: str) -> None:
    fields = EVENTS[name].model_fields
    assert ("person_id" in fields) == ("person_revision" in fields)
    if "person_id" in fields:
        assert fields["person_id"].is_required() == fields["person_revision"].is_required()


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_type_names_go_to_the_wire_and_back(name: str) -> None:
    assert from_ce_type(ce_type(EVENTS[name])) == name


@pytest.mark.parametrize(
    "text",
    ["", "SlotReserved", "de.buergerbuero.booking.SlotVanished", "de.buergerbuero.documents.SlotReserved"],
)
def test_what_is_not_a_type_of_ours_has_no_name(text: str) -> None:
    assert from_ce_type(text) is None


def test_event_topics_have_six_partitions_and_are_kept_for_ever() -> None:
    for service in topics.SERVICES:
        spec = topics.TOPICS[topics.topic_of(service)]
        assert spec.partitions == 6
        assert (spec.config["cleanup.policy"], spec.config["retention.ms"]) == ("delete", "-1")
    assert topics.topic_of("booking") == topics.BOOKING == "buergerbuero.booking.events.v1"


def test_the_people_topic_is_compacted_soon() -> None:
    spec = topics.TOPICS[topics.PEOPLE]
    assert (spec.partitions, spec.config["cleanup.policy"]) == (1, "compact")
    hours = {name: int(spec.config[name]) / 3_600_000 for name in ("segment.ms", "max.compaction.lag.ms")}
    assert hours == {"segment.ms": 6, "max.compaction.lag.ms": 12}
    assert spec.config["delete.retention.ms"] == str(14 * 24 * 3_600_000)


def test_only_event_topics_have_an_owner() -> None:
    assert topics.owner_of(topics.DOCUMENTS) == "documents"
    assert topics.owner_of(topics.PEOPLE) is None
    assert topics.owner_of("something.else") is None
