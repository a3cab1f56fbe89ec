"""Staff before an office: the forms of the door and the counters, as a browser sends them."""

from __future__ import annotations

import html
import re
from itertools import count
from typing import Any
from uuid import UUID

from servicekit.web.codes import spoken_code
from services.booking.rules.visit_state import visit_id_of
from tests.way.booking_desk import Desk, bearer

FORM = {"Sec-Fetch-Site": "same-origin"}
NINE = "2026-12-01T09:00:00+01:00"
_keys = count()
_FOCUSED = re.compile(r"<(input|button|select|a)([^>]*)\sautofocus[^>]*>(?:<span[^>]*>)?([^<]*)")


def proof(role: str, site: str = "flensburg") -> dict[str, str]:
    return {"Authorization": f"Bearer dev:{role}@{site}"}


class Office:
    """The office on the morning of 1 December, with a door and counters."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.office, self.client = desk, desk.office, desk.client
        self.client.follow_redirects = False

    def at(self, hour: int, minute: int = 0, day: int = 1) -> Office:
        """Make it this local time in December."""
        self.office.clock.at = self.office.clock.at.replace(
            month=12, day=day, hour=hour - 1, minute=minute, second=0
        )
        return self

    def booked(self, starts_at: str = NINE, name: str = "CANARY Mustermann", **changes: Any) -> UUID:
        """A confirmed booking of somebody; make it before the clock moves."""
        booking_id = self.asked(starts_at, name, **changes)
        link = {"token": self.desk.link(str(booking_id))}
        assert self.desk.post(f"/bookings/{booking_id}/confirm", link).status_code == 200
        return booking_id

    def asked(self, starts_at: str = NINE, name: str = "CANARY Mustermann", **changes: Any) -> UUID:
        """A booking that waits to be confirmed, each of another address."""
        held = self.desk.held(starts_at=starts_at, **changes)
        contact = {"name": name, "email": f"someone{next(_keys)}@example.org"}
        path = f"/bookings/{held['booking_id']}/give-contact"
        assert self.desk.post(path, contact, **bearer(held["access"])).status_code == 202
        return UUID(held["booking_id"])

    def code(self, booking_id: UUID) -> str:
        return spoken_code(self.office.code_key, booking_id)

    def square(self, booking_id: UUID) -> str:
        return self.office.door_codes.sign(booking_id, "flensburg", self.office.clock.now())

    def page(self, path: str, role: str = "desk") -> Any:
        return self.client.get(path, headers=proof(role))

    def send(self, path: str, role: str = "desk", key: str | None = None, **fields: str) -> Any:
        fields = {"idempotency_key": key or f"form-{next(_keys):06}", **fields}
        return self.client.post(path, data=fields, headers=FORM | proof(role))

    def scan(self, code: str, **fields: str) -> Any:
        return self.send("/amt/einlass", "door", code=code, **fields)

    def admitted(self, booking_id: UUID) -> UUID:
        """Let a booking in; its visit."""
        answer = self.scan(self.code(booking_id))
        assert word(answer) == "Einlass – Platz nehmen", text(answer)
        return visit_id_of(booking_id)

    def step(self, counter: str, name: str, **fields: str) -> Any:
        return self.send(f"/amt/schalter/{counter}/{name}", **fields)


def word(answer: Any) -> str:
    """The large word of the door's screen."""
    found = re.search(r'office-said__word">([^<]*)<', answer.text)
    return html.unescape(found.group(1)) if found else ""


def text(answer: Any) -> str:
    """What a person reads on a page."""
    main = answer.text.split("<main", 1)[-1].split("</main>")[0]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", main)))


def focused(answer: Any) -> str:
    """What the cursor is in after loading: the id or the words of the one element."""
    found = re.findall(
        r"<(input|button|select|a)([^>]*)\sautofocus[^>]*>(?:<span[^>]*>)?([^<]*)", answer.text
    )
    assert len(found) == 1, found
    kind, attributes, words = found[0]
    identity = re.search(r'id="([^"]*)"', attributes)
    return identity.group(1) if kind == "input" and identity else html.unescape(words.strip())
