"""Door and counter on booking's real processes, without Kafka: log in, let in, call, serve; who was shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx

from tests.way.citizen import API, SAME_ORIGIN, key
from tests.way.floor_desk import focused, text, word
from tests.way.platform import Platform
from tests.way.program import eventually

AT_DESK = {
    "site": "flensburg",
    "starts_at": "2026-11-30T08:10:00+01:00",
    "items": [{"service": "id_card_apply"}],
    "channel": "desk",
    "pool": "desk",
    "contact": {"name": "Erika Mustermann", "phone": "0461 123456"},
}


class Staff:
    """Somebody who has logged in: the session cookie, and forms as a browser sends them."""

    def __init__(self, url: str, person: str) -> None:
        self.browser = httpx.Client(base_url=url, timeout=30)
        login = self.send("/dev/anmelden", person=person)
        # by hand: unlike browsers this client sends no secure cookie to a plain address
        self.browser.headers["Cookie"] = login.headers["set-cookie"].split(";")[0]

    def send(self, path: str, **fields: str) -> httpx.Response:
        form = {"idempotency_key": key()["Idempotency-Key"], **fields}
        return self.browser.post(path, data=form, headers=SAME_ORIGIN)

    def step(self, name: str, **fields: str) -> httpx.Response:
        """A step at counter 1, and the page that it leads to."""
        answer = self.send(f"/amt/schalter/counter_1/{name}", **fields)
        assert answer.status_code == 303, text(answer)
        return self.browser.get(answer.headers["location"])


async def read_log(platform: Platform) -> list[tuple[str, str]]:
    connection: Any = await asyncpg.connect(platform.databases["booking"].app_url)
    rows = await connection.fetch("SELECT staff_id, reason FROM read_log ORDER BY read_id")
    await connection.close()
    return [(row["staff_id"], row["reason"]) for row in rows]


def test_from_the_login_to_the_finished_visit(office: Callable[[], Platform]) -> None:
    platform = office()
    for one in (platform.start("booking", "api"), platform.start("booking", "project")):
        if one.role == "api":
            one.ready()
    url = platform.url("booking")
    made = httpx.post(
        f"{url}{API}/bookings", json=AT_DESK, headers=key() | {"Authorization": "Bearer dev:desk@flensburg"}
    )
    assert made.status_code == 201, made.text
    platform.clock.forward(minutes=20)
    door, clerk = Staff(url, "door_1"), Staff(url, "desk_1")
    admitted = door.send("/amt/einlass", code=made.json()["spoken_code"])
    assert word(admitted) == "Einlass – Platz nehmen" and "Erika Mustermann" in text(admitted)
    assert door.browser.get("/amt/schalter").status_code == 403
    assert focused(clerk.step("oeffnen")) == "Nächste Person aufrufen"
    counter = "/amt/schalter/counter_1"
    eventually(lambda: "1 wartet" in text(clerk.browser.get(counter)), what="nobody is in the list")
    called = clerk.step("naechste")
    assert focused(called) == "Beginnen" and "A001" in text(called)
    found = re.search(r'name="visit_id" value="([^"]+)"', called.text)
    assert found is not None
    assert focused(clerk.step("beginnen", visit_id=found[1])) == "Fertig"
    done = clerk.step("fertig", visit_id=found[1], **{"amount:id_card_apply": "1"})
    assert "Niemand wartet" in text(done) and "Zuletzt fertig: A001" in text(done)
    more = {"amount:id_card_apply": "1", "more": "passport_apply"}
    corrected = clerk.step("korrigieren", visit_id=found[1], **more)
    assert "A001 (Personalausweis beantragen, Reisepass beantragen)" in text(corrected)
    reasons = ["door_admission", "counter_calling", "counter_serving"]
    assert asyncio.run(read_log(platform)) == list(zip(["door_1", "desk_1", "desk_1"], reasons, strict=True))
