"""From the finished visit to the passport in its holder's hand: producer, window, and whoever comes for it.

Promises: the way is the one of real people: what is delivered is stored, the mail that invites has the link,
the link leads to a grant, the grant books a time, the door lets in, the window fetches and hands over; who
does not come leaves the document where it is.
"""

from __future__ import annotations

import asyncio
import time
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from services.booking.rules.pickup import pickup_booking_id
from tests.chaos.citizens import MAIL
from tests.chaos.history import OK, Call
from tests.chaos.sink import Mail
from tests.way.citizen import API, network

if TYPE_CHECKING:
    from tests.chaos.workload import Crowd

DOCUMENTS = "/api/documents/v1"
LINK = "/abholung/"
TRIES, PAUSE = 12, 1.0
"""The window hears of the admission by a topic: how often it looks, and seconds in between."""


def invitation_of(grant: str) -> UUID:
    """The invitation that a grant is for, which everybody can read in it."""
    return UUID(bytes=urlsafe_b64decode(grant + "==")[4:20])


@dataclass(frozen=True, slots=True)
class Applied:
    """A passport that was applied for: its number will be printed on it, ``email`` is its holder's."""

    booking_id: str
    number: str
    email: str
    nr: int


@dataclass
class Pickup:
    """One document's way."""

    crowd: Crowd
    applied: Applied

    def __post_init__(self) -> None:
        self.random = Random(f"{self.crowd.history.random.random()}")  # noqa: S311 - a story, no secret
        self.network = {"X-Forwarded-For": network(30_000 + self.applied.nr)}
        self.document = ""

    async def window(self, step: str, **body: Any) -> Call:
        """A command of the window on the document."""
        path = f"{DOCUMENTS}/documents/{self.document}/{step}"
        return await self.crowd.staff("documents", "window", path, **body)

    async def goes(self) -> None:
        """The whole way, as far as it comes."""
        if not await self.stored():
            return
        if self.random.random() < 0.1:  # fetched for nobody, and put back
            if (await self.window("fetch", window="window_1")).outcome == OK:
                await self.window("put-back", window="window_1", bin=f"B{self.applied.nr}")
            return
        grant = await self.invited()
        if grant and self.crowd.open and (booking_id := await self.booked(grant)):
            await self.collected(booking_id)

    async def stored(self) -> bool:
        """The producer is quick: delivered, scanned, stored by two."""
        batch = await self.crowd.staff(
            "documents", "window", f"{DOCUMENTS}/delivery-batches", site="flensburg"
        )
        if batch.outcome != OK:
            return False
        path = f"{DOCUMENTS}/delivery-batches/{batch.body['batch_id']}/scan"
        scan = {"number": self.applied.number, "booking_id": self.applied.booking_id, "kind": "passport"}
        scanned = await self.crowd.staff("documents", "window", path, **scan)
        if scanned.outcome != OK:
            return False
        self.document = scanned.body["document_id"]
        kept = await self.window("store", bin=f"A{self.applied.nr}", approved_by="window_2")
        return kept.outcome == OK

    async def invited(self) -> str:
        """The grant behind the link of the mail that invites; empty if none comes in time."""
        until = time.monotonic() + MAIL
        while self.crowd.open and time.monotonic() < until:
            links = [link for mail in self._mails() for link in mail.links if LINK in link]
            if links:
                path = urlsplit(links[-1]).path
                found = await self.crowd.history.once("documents", "GET", path, self.network, b"")
                target = found.headers.get("location", "")
                if "/abholtermin/" in target:
                    return target.rpartition("/")[2]
            await asyncio.sleep(0.3)
        return ""

    def _mails(self) -> Sequence[Mail]:
        return self.crowd.sink.by_address.get(self.applied.email, ())

    async def booked(self, grant: str) -> str:
        """One of the next times at the window; the booking."""
        path = f"{API}/pickups/free-slots?grant={grant}&days=1"
        free = await self.crowd.history.read("booking", path, self.network)
        times = [one["starts_at"] for day in (free or {"days": []})["days"] for one in day["times"]][:8]
        if not times:
            return ""
        body = {"grant": grant, "starts_at": self.random.choice(times)}
        principal = str(pickup_booking_id(invitation_of(grant)))
        call = await self.crowd.history.command("booking", f"{API}/pickups", body, principal, self.network)
        return str(call.body["booking_id"]) if call.outcome == OK else ""

    async def collected(self, booking_id: str) -> None:
        """In at the door, and handed over once the window knows of it; who is not known there comes again."""
        body = {"site": "flensburg", "door": "door_1", "booking_id": booking_id, "override": "quiet_house"}
        entered = await self.crowd.staff("booking", "door", f"{API}/admissions", **body)
        if entered.outcome != OK:
            return
        if (await self.window("fetch", window="window_1")).outcome != OK:
            return
        for _ in range(TRIES):
            given = await self.window(
                "hand-over",
                window="window_1",
                scan=self.applied.number,
                recipient_role="applicant",
                check_method="photo",
                authority="none_needed",
                old_document="voided_returned",
            )
            if given.outcome == OK or not self.crowd.open:
                return
            await asyncio.sleep(PAUSE)
