"""One appointment as booking tells it, for the tests of mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from buergerbuero_contracts.booking import (
    BookingCancelled,
    BookingConfirmed,
    BookingOpened,
    BookingRescheduled,
    CancellationUndone,
    ConfirmationRequested,
)
from tests.way.mail_world import NOW, START, World

MINUTES = timedelta(minutes=45)


@dataclass
class Story:
    """``passport_apply`` and ``registration`` for two people, Tue 1 Dec, 9:00."""

    booking_id: UUID = field(default_factory=uuid4)
    person_id: UUID = field(default_factory=uuid4)
    language: str = "de"
    start: datetime = START

    @property
    def _who(self) -> dict[str, Any]:
        return {"booking_id": self.booking_id, "person_id": self.person_id, "person_revision": 1}

    def _place(self, start: datetime, sequence: int) -> dict[str, Any]:
        return self._who | {
            "kind": "appointment",
            "method": "link",
            "site": "flensburg",
            "starts_at": start,
            "ends_at": start + MINUTES,
            "items": [{"service": "passport_apply"}, {"service": "registration", "quantity": 2}],
            "persons": 2,
            "companions": 1,
            "language": self.language,
            "sequence": sequence,
        }

    def opened(self) -> BookingOpened:
        place = self._place(self.start, 0)
        return BookingOpened.model_validate(
            place | {"channel": "online", "hold_until": NOW + timedelta(minutes=10)}
        )

    def requested(self, attempt: int = 1, revision: int = 1, at: datetime = NOW) -> ConfirmationRequested:
        return ConfirmationRequested.model_validate(
            self._who
            | {
                "person_revision": revision,
                "kind": "appointment",
                "starts_at": self.start,
                "confirm_until": at + timedelta(minutes=60),
                "attempt": attempt,
                "language": self.language,
            }
        )

    def confirmed(self) -> BookingConfirmed:
        return BookingConfirmed.model_validate(self._place(self.start, 1))

    def moved(self, start: datetime, sequence: int = 2) -> BookingRescheduled:
        extra = {"was_at": self.start, "by": "citizen", "moves": 1}
        return BookingRescheduled.model_validate(self._place(start, sequence) | extra)

    def cancelled(
        self,
        by: str = "office",
        reason: str = "office_fault",
        start: datetime | None = None,
        sequence: int = 2,
    ) -> BookingCancelled:
        return BookingCancelled.model_validate(
            self._who
            | {
                "kind": "appointment",
                "starts_at": start or self.start,
                "by": by,
                "reason": reason,
                "was_confirmed": True,
                "sequence": sequence,
            }
        )

    def undone(self, sequence: int = 3) -> CancellationUndone:
        return CancellationUndone.model_validate(self._who | {"starts_at": self.start, "sequence": sequence})


async def asked(world: World, story: Story, **person: Any) -> Story:
    """A person reserves, and is asked to confirm."""
    await world.person(story.person_id, **person)
    await world.happened(story.opened(), story.requested())
    return story
