"""What somebody shows before a hold while the level is raised: a solved task, or a mailbox. Pure.

Promises: online nobody holds a place at the raised level without one; a task is good for one hold, a mailbox
for as many holds at a time and attempts in an hour as a device, whatever devices and networks it is shown
from; the two are worth the same, so nobody needs a script. At the normal level neither is asked; a mailbox
may be shown there too, where a network is full.
Shown by ``tests/rules/booking/test_hold_proof.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from buergerbuero_contracts.booking import Channel
from servicekit.decider import Refused
from servicekit.log import Effects, Guard, Use

from .limits import HOUR, LIMITS, MAILBOX, Origin
from .settings import ProtectionLevel

MISSING = "hold-proof-missing"


@dataclass(frozen=True, slots=True)
class Work:
    """A solved task: its random part, and until when it was good."""

    key: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that a mailed link proved, as keyed hashes: what limits count, and the very address."""

    contact: str
    address: str


Proof = Work | Mailbox


def counted(proof: Proof | None, origin: Origin) -> Origin:
    """For what a hold counts besides its proof. A proven mailbox counts itself, so it is free of the network:
    people who share one with many others, or with somebody who fills it, have this way through."""
    return replace(origin, network=None) if isinstance(proof, Mailbox) else origin


def shown(
    level: ProtectionLevel,
    channel: Channel,
    proof: Proof | None,
    booking_id: UUID,
    at: datetime,
    until: datetime,
) -> Effects:
    """What a hold's proof counts for. Refuses ``hold-proof-missing`` where one is needed."""
    if channel is not Channel.ONLINE or (level is ProtectionLevel.NORMAL and not isinstance(proof, Mailbox)):
        return Effects()
    limits = LIMITS[level]
    match proof:
        case Work():
            return Effects(
                guards=(Guard("work", proof.key, 1, MISSING, booking_id),),
                uses=(Use("work", proof.key, booking_id, proof.until),),
            )
        case Mailbox():
            most = limits.holds_per_device
            return Effects(
                guards=(
                    Guard(MAILBOX, proof.contact, most, "too-many-holds", booking_id),
                    Guard(
                        "hold-attempt",
                        proof.contact,
                        limits.attempts_per_device_hour,
                        "too-many-holds",
                        booking_id,
                    ),
                ),
                uses=(
                    Use(MAILBOX, proof.contact, booking_id, until),
                    Use("hold-attempt", proof.contact, booking_id, at + HOUR),
                ),
            )
        case None:
            raise Refused(MISSING)
