"""Bad input over real HTTP and on real topics: the named refusal, never a 5xx, and nothing else stops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from buergerbuero_contracts import cloudevents, topics
from servicekit.testing.databases import Database
from servicekit.testing.postgres import finish
from servicekit.tokens import Purpose, Tokens
from tests.way.citizen import API, CUT, Answer, Citizen, ask, body_of, device, exchange, key, link_token
from tests.way.platform import Platform
from tests.way.program import Program, eventually
from tests.whole.test_one_event import grows, settled

TUESDAY, THURSDAY = "2026-12-08", "2026-12-10"
GOOD = f"{TUESDAY}T10:00:00+01:00"
JSON, FORM = {"Content-Type": "application/json"}, {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def api(platform: Platform) -> Iterator[Program]:
    """Booking's api; at the end it still is the same process, and met no fault of its own."""
    program = platform.program("booking", "api")
    pid, before = program.pid, len(program.lines())
    yield program
    assert (program.pid, program.alive, program.probe("/livez")) == (pid, True, (200, "ok"))
    said = program.lines()[before:]
    assert not [line for line in said if line["event"] == "http_fault"]
    assert not [line for line in said if line["event"] == "http_request" and line["status"] >= 500]


def asked(starts_at: str = GOOD, *services: str, **changes: Any) -> bytes:
    """A body that asks for a place, with changes."""
    return json.dumps(json.loads(body_of(starts_at, *services)) | changes).encode()


PLACES = {
    "off the grid": (asked(f"{TUESDAY}T10:03:00+01:00"), 422, "off-grid"),
    "off the grid by a second": (asked(f"{TUESDAY}T10:00:01+01:00"), 422, "off-grid"),
    "in the past": (asked("2026-11-27T10:00:00+01:00"), 409, "too-soon"),
    "long ago": (asked("0001-01-01T00:00:00+01:00"), 422, "invalid-input"),
    "far away": (asked("9999-12-31T10:00:00+01:00"), 422, "invalid-input"),
    "at night": (asked(f"{TUESDAY}T03:00:00+01:00"), 409, "day-closed"),
    "without offset": (asked(f"{TUESDAY}T10:00:00"), 422, "invalid-input"),
    "an unknown service": (asked(GOOD, "dog_tax"), 422, "unknown-service"),
    "services that do not combine": (
        asked(GOOD, "passport_express", "registration_certificate"),
        422,
        "not-combinable",
    ),
    "a service without a visit": (asked(GOOD, "resident_parking"), 422, "no-visit-needed"),
    "an unknown office": (asked(site="kiel"), 422, "unknown-site"),
    "nobody": (asked(persons=0), 422, "invalid-input"),
    "a minutes field of one's own": (asked(minutes=5), 422, "invalid-input"),
    "another pool without proof": (asked(channel="phone", pool="emergency"), 401, "proof-missing"),
    "NUL": (asked(site="flens\0burg"), 422, "invalid-input"),
    "broken JSON": (body_of(GOOD)[:-1], 400, "bad-request"),
    "not UTF-8": (body_of(GOOD) + b"\xff\xfe", 400, "bad-request"),
    "very deep": (b'{"site":' + b"[" * 30_000 + b"]" * 30_000 + b"}", 400, "bad-request"),
    "too large": (asked(language="x" * 70_000), 413, "too-large"),
}


@pytest.mark.parametrize("name", PLACES)
async def test_a_bad_body_is_refused_by_name(api: Program, name: str) -> None:
    body, status, code = PLACES[name]
    answer = await ask(api.url, "POST", f"{API}/bookings", key() | device(1), body)
    assert (answer.status, answer.code) == (status, code), answer.body


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
async def test_json_is_sent_as_json(api: Program, kind: str) -> None:
    headers = key() | device(1) | {"Content-Type": kind}
    answer = await ask(api.url, "POST", f"{API}/bookings", headers, body_of(GOOD))
    assert (answer.status, answer.code) == (415, "wrong-content-type")


HOSTILE = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "no host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "a header without end": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 600_000,
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "a method of its own": b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a path out of the house": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "a path with NUL": b"GET /de/t/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "chunks without end": b"POST " + API.encode() + b"/bookings HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    + (b"4000\r\n" + b"x" * 0x4000 + b"\r\n") * 8
    + b"0\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_hardly_http_gets_a_4xx_or_no_answer(api: Program, name: str) -> None:
    answer = await exchange(api.url, HOSTILE[name], seconds=20)
    assert answer.status == CUT or 400 <= answer.status < 500, answer


async def test_a_client_that_hangs_up_leaves_nothing_behind(api: Program) -> None:
    for _ in range(20):
        head = f"POST {API}/bookings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        await exchange(api.url, f"{head}Content-Length: 5000\r\n\r\n{{".encode(), hang_up=True)
    assert (await ask(api.url, "GET", f"{API}/sites")).status == 200


# --- tokens and forms


async def test_every_bad_token_is_the_same_answer(platform: Platform, api: Program) -> None:
    erika, otto = Citizen(platform), Citizen(platform)
    erika.reserve(erika.free(TUESDAY)[0])
    otto.reserve(otto.free(TUESDAY)[0])
    tokens, now = Tokens(platform.home.link_keys()), platform.clock.now()
    mine = UUID(erika.booking_id)
    bad = {
        "foreign": otto.held["access"],
        "expired": tokens.sign(Purpose.HOLD, mine, now - timedelta(seconds=1)),
        "of another purpose": tokens.sign(Purpose.PICKUP, mine, now + timedelta(days=1)),
        "changed": erika.held["access"][:-1] + ("A" if erika.held["access"][-1] != "A" else "B"),
        "cut": erika.held["access"][:-1],
        "nonsense": "x" * 54,
    }
    answers = dict[str, Answer]()
    for name, token in bad.items():
        proof = {"Authorization": f"Bearer {token}"}
        answers[name] = await ask(api.url, "GET", f"{API}/bookings/{mine}", proof)
        answers[f"{name}, command"] = await ask(
            api.url, "POST", f"{API}/bookings/{mine}/extend-hold", proof | key() | JSON, b"{}"
        )
    unknown = {"Authorization": f"Bearer {erika.held['access']}"}
    answers["unknown booking"] = await ask(api.url, "GET", f"{API}/bookings/{uuid4()}", unknown)
    assert {(answer.status, answer.body) for answer in answers.values()} == {
        (404, answers["foreign"].body),
    }
    pages = {
        name: await ask(api.url, "GET", f"/de/t/{token}")
        for name, token in (bad | {"confirms nothing yet": erika.held["access"]}).items()
    }
    assert len({(page.status, len(page.body)) for page in pages.values()}) == 1
    assert {page.status for page in pages.values()} == {404}
    assert erika.look()["state"] == "held"


async def test_a_form_sent_again_or_from_elsewhere_confirms_nothing_twice(platform: Platform) -> None:
    erika = Citizen(platform)
    erika.reserve(erika.free(TUESDAY)[0])
    erika.give_contact()
    page = erika.open(erika.mail(1)["links"][0])
    foreign = erika.browser.post(f"{page.url}/bestaetigen", data={"token": link_token(erika.mail(1))})
    assert foreign.status_code == 403
    token = link_token(erika.mail(1))
    for kind in ({"Content-Type": "text/plain"}, JSON):
        sent = {**kind, "Sec-Fetch-Site": "same-origin"}
        refused = await ask(platform.url("booking"), "POST", f"/de/t/{token}/bestaetigen", sent, b"token=x")
        assert refused.status == 415
    assert erika.look()["state"] == "unconfirmed"
    first, again = erika.press(page), erika.press(page)
    assert (first.status_code, again.status_code) == (200, 200)
    erika.mail(2)
    kinds = await events_of(platform.databases["booking"], erika.booking_id)
    assert kinds.count("BookingConfirmed") == 1


async def events_of(database: Database, booking_id: str) -> list[str]:
    """The types of a booking's events."""
    connection = await asyncpg.connect(database.app_url)
    try:
        query = "SELECT type FROM event WHERE stream_id = $1 ORDER BY version"
        return [row["type"] for row in await connection.fetch(query, UUID(booking_id))]
    finally:
        await connection.close()


# --- topics

_STORE = """
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(1, 0))
INSERT INTO event (position, category, stream_id, version, event_id, type, schema_version, data, meta)
SELECT 1 + (SELECT max(position) FROM event), 'booking', $1, $2, $3, 'HoldExpired', $4, $5::text::json,
       $6::text::json
FROM alone"""


async def store(database: Database, booking_id: UUID, version: int, schema_version: int, data: str) -> None:
    """An event as a newer or a broken version of booking would have stored it."""
    now = datetime(2026, 11, 30, 7, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    meta = {
        "at": now,
        "command_id": str(uuid4()),
        "correlation_id": str(uuid4()),
        "actor": {"kind": "seed"},
        "key": str(booking_id),
    }
    connection = await asyncpg.connect(database.app_url)
    try:
        await connection.execute(_STORE, booking_id, version, uuid4(), schema_version, data, json.dumps(meta))
    finally:
        await connection.close()


def foreign_headers(booking_id: UUID) -> list[tuple[str, bytes]]:
    """A well-formed envelope of a service that does not own booking's topic."""
    return cloudevents.headers(
        source=cloudevents.source("documents", "flensburg"),
        event_id=str(uuid4()),
        type_name="HoldExpired",
        subject=f"booking/{booking_id}",
        time="2026-11-30T07:00:00Z",
        position=10**12,
        prev=0,
        epoch=99,
        streamversion=1,
        schema_version=1,
        correlation_id=str(uuid4()),
    )


async def forged(bootstrap: str, booking_id: UUID, data: bytes) -> None:
    """Records that no relay of ours sent, into every partition."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for partition in range(topics.TOPICS[topics.BOOKING].partitions):
            for headers in ([("ce_type", None)], foreign_headers(booking_id), []):
                where = {"partition": partition, "key": str(booking_id).encode()}
                await producer.send_and_wait(topics.BOOKING, data, headers=headers, **where)
    finally:
        await producer.stop()


def parked(platform: Platform, service: str) -> list[str]:
    """What ``python -m services.<service> parked`` tells."""
    done = platform.command(service, "parked")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_bad_event_is_parked_by_name_and_everything_else_goes_on(platform: Platform) -> None:
    before = settled(platform)
    newer, broken, forger = uuid4(), uuid4(), uuid4()
    valid = json.dumps({"booking_id": str(newer), "stage": "held", "reason": "time"})
    booking = platform.databases["booking"]
    finish(store(booking, newer, 1, 99, valid))
    finish(store(booking, broken, 1, 1, '{"booking_id": 5}'))
    finish(store(booking, newer, 2, 1, valid))  # good, but its booking waits
    finish(forged(platform.kafka, forger, valid.encode()))

    ida = Citizen(platform)
    ida.reserve(ida.free(THURSDAY)[0])
    ida.give_contact()
    ida.confirm()
    grows(platform, before, held=1, contact_given=1, mail_accepted=1, confirmed=1)

    told = eventually(lambda: [line for line in parked(platform, "reporting") if "funnel" in line])
    text = "\n".join(told)
    for reason in ("version", "data", "behind", "header", "source does not own the topic"):
        assert reason in text, text
    assert any(str(newer) in line for line in told)
    assert any(str(broken) in line for line in told)
    assert [line for line in parked(platform, "notification") if "reactions.booking" in line]
    for program in platform.programs:
        assert program.probe("/livez") == (200, "ok"), (program.service, program.role)

    # whoever starts anew on such a topic starts
    relay = platform.program("booking", "relay")
    assert relay.stop() == 0
    relay.start().ready()
    jan = Citizen(platform)
    jan.reserve(jan.free(THURSDAY)[0])
    jan.give_contact()
    jan.mail(1)
