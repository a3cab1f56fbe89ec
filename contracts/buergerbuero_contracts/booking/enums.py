"""The closed lists of values in booking's events.

A new member is a breaking change for strict readers: it needs a new type or version (``check.py``).
"""

from __future__ import annotations

from enum import StrEnum


class Pool(StrEnum):
    """Who may book a block. ``phone_line`` is in opening patterns only, never in a frame or a slot."""

    ONLINE = "online"
    PHONE = "phone"
    DESK = "desk"
    EMERGENCY = "emergency"
    PICKUP_WINDOW = "pickup_window"
    WALK_IN = "walk_in"
    PHONE_LINE = "phone_line"


class Channel(StrEnum):
    """By which way a booking was made."""

    ONLINE = "online"
    PHONE = "phone"
    DESK = "desk"


class BookingKind(StrEnum):
    """What a booking is for. ``walk_in`` has no slot."""

    APPOINTMENT = "appointment"
    PICKUP = "pickup"
    EMERGENCY = "emergency"
    WALK_IN = "walk_in"


class Purpose(StrEnum):
    """Why a slot was reserved. Only ``hold`` counts as a reservation in figures."""

    HOLD = "hold"
    MOVE = "move"
    OFFER = "offer"
    PICKUP = "pickup"
    STAFF = "staff"
    UNDO = "undo"


class ReleaseReason(StrEnum):
    """Why a slot was given back."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MOVED = "moved"
    MISSED = "missed"


class ReplanReason(StrEnum):
    """What changed the frame of a day."""

    HOURS = "hours"
    COUNTERS = "counters"
    EXCEPTION = "exception"
    CLOSURE = "closure"
    CLOSURE_LIFTED = "closure_lifted"


class Method(StrEnum):
    """How a booking was confirmed, that is, what proved the person."""

    LINK = "link"
    LETTER = "letter"
    SPOKEN = "spoken"
    PICKUP_LINK = "pickup_link"
    OFFER_LINK = "offer_link"
    STAFF = "staff"


class By(StrEnum):
    """Who changed a booking."""

    CITIZEN = "citizen"
    OFFICE = "office"
    SYSTEM = "system"


class CancelReason(StrEnum):
    """Why a booking was cancelled."""

    CITIZEN_WISH = "citizen_wish"
    CLOSURE = "closure"
    NO_ANSWER = "no_answer"
    DOCUMENT_GONE = "document_gone"
    BOOKED_TWICE = "booked_twice"
    NOT_RESPONSIBLE = "not_responsible"
    OFFICE_FAULT = "office_fault"


class HoldStage(StrEnum):
    """How far an expired hold had come."""

    HELD = "held"
    UNCONFIRMED = "unconfirmed"


class ExpiryReason(StrEnum):
    """Why a hold expired."""

    TIME = "time"
    UNDELIVERABLE = "undeliverable"
    CLOSURE = "closure"


class AdmissionMode(StrEnum):
    """How a booking was found at the door."""

    SCAN = "scan"
    CODE = "code"
    NAME = "name"
    OFFLINE = "offline"


class OverrideReason(StrEnum):
    """Why staff let somebody in outside the rule."""

    ACCESSIBILITY = "accessibility"
    OFFICE_FAULT = "office_fault"
    TRAVEL = "travel"
    QUIET_HOUSE = "quiet_house"


class AdmissionRefusal(StrEnum):
    """Why the door stayed shut, in the order of the checks; the refusal codes of the interface."""

    UNKNOWN_CODE = "unknown-code"
    WRONG_SITE = "wrong-site"
    WRONG_DAY = "wrong-day"
    NOT_CONFIRMED = "not-confirmed"
    ALREADY_ADMITTED = "already-admitted"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    TOO_MANY_PEOPLE = "too-many-people"
    HOUSE_FULL = "house-full"


class DisputeReason(StrEnum):
    """What is wrong with an admission that was made offline."""

    DOUBLE = "double"
    CANCELLED = "cancelled"
    LIST_TOO_OLD = "list_too_old"


class CallOutOfOrderReason(StrEnum):
    """Why somebody other than the head of the queue was called."""

    ACCESSIBILITY = "accessibility"
    CHILD = "child"
    OFFICE_FAULT = "office_fault"
    TRAVEL = "travel"
    SKILL = "skill"


class ReturnReason(StrEnum):
    """Why a called visit went back into the queue."""

    CAME_LATE = "came_late"
    WRONG_COUNTER = "wrong_counter"
    COUNTER_CLOSED = "counter_closed"


class ParkReason(StrEnum):
    """What a parked visit waits for."""

    PHOTO = "photo"
    FORM = "form"
    PAYMENT = "payment"


class NothingDeliveredReason(StrEnum):
    """Why a finished visit delivered nothing."""

    PAPERS_MISSING = "papers_missing"
    INFORMATION_ONLY = "information_only"
    NOT_RESPONSIBLE = "not_responsible"
    NO_AUTHORITY = "no_authority"
    DOCUMENT_GONE = "document_gone"
    TECHNICAL_FAULT = "technical_fault"
    DAY_END = "day_end"


class LeaveReason(StrEnum):
    """Why a visit ended without service."""

    LEFT = "left"
    DAY_END = "day_end"


class PauseReason(StrEnum):
    """Why a counter is open but does not call."""

    BREAK = "break"
    BACK_OFFICE = "back_office"
    PHONE = "phone"
    CLEANING = "cleaning"


class CallReason(StrEnum):
    """What a call was about."""

    APPOINTMENT = "appointment"
    INFORMATION = "information"
    DOCUMENT_READY = "document_ready"
    CHANGE = "change"
    COMPLAINT = "complaint"
    OTHER = "other"


class CallOutcome(StrEnum):
    """How a call ended. The first three count as solved."""

    INFORMATION = "information"
    APPOINTMENT = "appointment"
    POST_EMAIL = "post_email"
    CALLBACK = "callback"
    FORWARDED = "forwarded"
    WRONG_NUMBER = "wrong_number"


class CallResult(StrEnum):
    """What the telephone system saw. ``after_hours`` is outside the hours of the line."""

    ANSWERED = "answered"
    LOST = "lost"
    AFTER_HOURS = "after_hours"


class WishEnd(StrEnum):
    """Why a wish was closed."""

    WITHDRAWN = "withdrawn"
    UNPROVEN = "unproven"
    LAST_DAY_PASSED = "last_day_passed"
    APPOINTMENT_USED = "appointment_used"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    UNANSWERED = "unanswered"


class ClosureScope(StrEnum):
    """How much is closed."""

    COUNTER = "counter"
    PART_OF_DAY = "part_of_day"
    DAYS = "days"
    SITE = "site"


class ClosureReason(StrEnum):
    """Why the office closes."""

    HOLIDAY = "holiday"
    STAFF_ABSENCE = "staff_absence"
    STAFF_MEETING = "staff_meeting"
    TRAINING = "training"
    TECHNICAL_FAULT = "technical_fault"
    BUILDING = "building"
    EMERGENCY = "emergency"
    OTHER = "other"


class ServiceChannel(StrEnum):
    """By which way a service can be had."""

    VISIT = "visit"
    POST = "post"
    EMAIL = "email"
    ONLINE = "online"
    PICKUP = "pickup"


class Presence(StrEnum):
    """Who has to come: the person, the person or somebody authorised, nobody."""

    SELF = "self"
    PROXY = "proxy"
    NONE = "none"
