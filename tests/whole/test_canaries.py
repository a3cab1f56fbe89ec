"""People whose data cannot be overlooked go through everything, mistakes included: it stays in its place.

Found in the person's row, in the people topic, in notification's copy and in the mail, or the search
would prove nothing; found nowhere else: not in any other table, event, log line, metric, problem,
address, redirect. ``tests/broker/test_erasure.py`` goes on from there.
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from buergerbuero_contracts import topics
from servicekit.testing.databases import Database
from servicekit.testing.postgres import finish
from tests.way.citizen import API, CUT, Answer, Citizen, ask, exchange, key, link_token
from tests.way.platform import SERVICES, Platform
from tests.way.program import Program

TUESDAY, THURSDAY = "2026-12-08", "2026-12-10"
NAME, MAILBOX, PHONE, SLIP = "Zqxwombatname", "zqxwombatbox", "461770426", "Zqxwombatslip"
"""What a person types: a name, the mailbox, the digits of a number; and a slip into a wrong field."""
ALLOWED = {
    "booking": {"public.person", "public.person_copy"},
    "documents": {"public.person_copy"},
    "notification": {"public.person_copy", "public.dev_mail"},
}
JSON = {"Content-Type": "application/json"}


def spellings(secret: str) -> list[bytes]:
    """As it is, percent-encoded, as the database writes bytes, and in Base64 at each of three alignments."""
    raw = secret.encode()
    found = [raw, quote(secret, safe="").encode(), raw.hex().encode()]
    for shift in range(3):
        inside = b64encode(b"\0" * shift + raw)
        found.append(inside[4 if shift else 0 : -4])
    return found


def hits(content: bytes, secrets: Iterable[str]) -> list[str]:
    """The secrets that stand in some bytes, in whatever case."""
    folded = content.lower()
    return [one for one in secrets if any(spelt.lower() in folded for spelt in spellings(one))]


async def tables(database: Database) -> dict[str, bytes]:
    """Every table of a database with all its rows as text."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        names = await connection.fetch(
            "SELECT table_schema || '.' || table_name AS name,"
            " format('SELECT t::text FROM %I.%I t', table_schema, table_name) AS query"
            " FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        return {
            one["name"]: "\n".join(row[0] for row in await connection.fetch(one["query"])).encode()
            for one in names
        }
    finally:
        await connection.close()


async def records(bootstrap: str, topic: str) -> bytes:
    """A topic from its start to its end: keys, headers, values."""
    parts = [TopicPartition(topic, number) for number in range(topics.TOPICS[topic].partitions)]
    found = list[bytes]()
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as reader:
        reader.assign(parts)
        await reader.seek_to_beginning(*parts)
        ends = await reader.end_offsets(parts)
        for part in parts:
            while await reader.position(part) < ends[part]:
                for record in (await reader.getmany(part, timeout_ms=5000)).get(part, []):
                    headers = [f"{name}={value!r}".encode() for name, value in record.headers]
                    found += [record.key or b"", record.value or b"", *headers]
    return b"\n".join(found)


@dataclass
class Story:
    """A person who went through everything; what came back, but for pages, which keep what was typed."""

    person: Citizen
    token: str
    bodies: bytes


@pytest.fixture(scope="module")
def story(platform: Platform) -> Iterator[Story]:
    """Book, mistype, confirm, move, cancel; then every mistake that an edge has an answer for."""
    person = Citizen(platform, NAME, f"{MAILBOX}@canary.example", f"+49{PHONE}")
    told = list[httpx.Response]()
    person.browser.event_hooks["response"].append(told.append)
    person.reserve(person.free(TUESDAY)[0])
    for contact in (
        {"name": NAME * 20, "email": f"{MAILBOX}@"},
        {"name": NAME, "email": f"{MAILBOX}@canary.example", SLIP: SLIP},
        {"name": [NAME], "email": {"at": MAILBOX}},
        {"name": f"{NAME}\0", "email": f"{MAILBOX}@canary.example\r\nBcc: {SLIP}@canary.example"},
        {"name": NAME, "email": f"{MAILBOX}@canary.example", "phone": f"+49{PHONE}{PHONE}{PHONE}"},
    ):
        path = f"/bookings/{person.booking_id}/give-contact"
        assert person.post(path, contact, person.held["access"]).status_code == 422
    person.give_contact()
    token = link_token(person.confirm())
    person.command("reschedule", {"starts_at": person.free(THURSDAY)[0]}, token)
    person.mail(3)
    person.command("cancel", {"date": THURSDAY}, token)
    person.mail(4)
    mistakes = asyncio.run(make_mistakes(platform, person, token))
    assert {answer.status // 100 for answer in mistakes} <= {CUT, 2, 3, 4, 5}
    answers = [(str(answer.headers), answer.body) for answer in mistakes]
    answers += [(f"{one.url} {one.headers}", one.content) for one in told]
    bodies = [body for about, body in answers if "text/html" not in about]
    yield Story(person, token, b"\n".join([*bodies, *(about.encode() for about, _body in answers)]))


async def make_mistakes(platform: Platform, person: Citizen, token: str) -> list[Answer]:
    """Each with what the person typed, or with the token of the person's link, in a wrong place."""
    url, page = platform.url("booking"), f"/de/t/{token}"
    give = f"{API}/bookings/{person.booking_id}/give-contact"
    proof = key() | JSON | {"Authorization": f"Bearer {person.held['access']}"}
    form = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    typed = f'{{"name": "{NAME}", "email": "{MAILBOX}@canary.example", "phone": "{PHONE}"}}'.encode()
    told = [
        await ask(url, "POST", give, proof, typed[:-1]),
        await ask(url, "POST", give, proof, typed[:-1] + b', "x": "' + b"x" * 70_000 + b'"}'),
        await ask(url, "POST", give, proof | {"Content-Type": f"text/{SLIP}"}, typed),
        await ask(url, "POST", give, proof | {"Idempotency-Key": f"{SLIP} with spaces"}, typed),
        await ask(url, "POST", give, proof | {"Authorization": f"Bearer {SLIP}"}, typed),
        await ask(url, "POST", give, key() | JSON, typed),
        await ask(url, "PUT", give, proof, typed),
        await ask(url, "GET", f"{API}/services/{SLIP}"),
        await ask(url, "GET", f"/{SLIP}?name={NAME}", {"Referer": f"{url}/{SLIP}", "User-Agent": SLIP}),
        await ask(url, "GET", f"{API}/sites/flensburg/free-slots?service={SLIP}&persons={SLIP}"),
        await ask(url, "GET", f"{API}/sites", {"Accept-Language": SLIP, "Cookie": f"{SLIP}={NAME}"}),
    ]
    for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS"):
        told.append(await ask(url, method, f"{page}?utm_source={SLIP}", {"Referer": f"{url}{page}"}))
    told += [
        await ask(url, "GET", f"{page[:-1]}%00"),
        await ask(url, "GET", page[:-1]),
        await ask(url, "POST", f"{page}/absagen", form, f"token={token}&typed={NAME}".encode()),
        await ask(url, "POST", f"{page}/absagen", form, f"token={token}&typed={NAME}%00".encode()),
        await ask(url, "POST", f"{page}/absagen", form, f"token={token}&x=".encode() + b"x" * 70_000),
        await ask(url, "POST", f"{page}/absagen", key() | JSON, json.dumps({"token": token}).encode()),
    ]
    head = f"POST {page}/absagen HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\ntyped={NAME}"
    told.append(await exchange(url, head.encode(), hang_up=True))
    told += await broken(platform, page, give, proof, typed)
    return [answer for answer in told if answer.status != CUT]


async def broken(
    platform: Platform, page: str, give: str, proof: dict[str, str], typed: bytes
) -> list[Answer]:
    """What the api answers while its own database refuses it something: real faults, status 500."""
    url = platform.url("booking")
    admin = await asyncpg.connect(platform.databases["booking"].admin_url)
    await admin.execute("REVOKE SELECT ON event FROM booking_app")
    try:
        told = [
            await ask(url, "GET", page),
            await ask(url, "POST", give, proof | {"Idempotency-Key": uuid4().hex}, typed),
        ]
    finally:
        await admin.execute("GRANT SELECT ON event TO booking_app")
        await admin.close()
    assert {answer.status for answer in told} == {500}
    return told


SECRETS = (NAME, MAILBOX, PHONE, SLIP)


def test_the_search_finds_the_person_where_the_person_is(platform: Platform, story: Story) -> None:
    known = {NAME, MAILBOX, PHONE}
    for service, places in ALLOWED.items():
        found = finish(tables(platform.databases[service]))
        for place in places:
            assert set(hits(found[place], known)) >= {NAME, MAILBOX}, place
    assert set(hits(finish(records(platform.kafka, topics.PEOPLE)), known)) == known
    assert hits(b64encode(f"xx{NAME}yy".encode()), [NAME]) == [NAME]
    assert story.person.mails()[0]["text"].count(NAME) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_table_holds_anything_of_a_person(platform: Platform, story: Story, service: str) -> None:
    for place, content in finish(tables(platform.databases[service])).items():
        if place not in ALLOWED.get(service, ()):
            assert not hits(content, (*SECRETS, story.token)), place


@pytest.mark.parametrize("topic", [topics.BOOKING, topics.NOTIFICATION, topics.DOCUMENTS])
def test_no_event_on_its_way_holds_anything_of_a_person(platform: Platform, story: Story, topic: str) -> None:
    assert not hits(finish(records(platform.kafka, topic)), (*SECRETS, story.token))


def test_no_log_line_and_no_metric_of_any_process_holds_anything_of_a_person(
    platform: Platform, story: Story
) -> None:
    def quiet(program: Program) -> None:
        where = f"{program.service} {program.role}"
        assert not hits(program.log.read_bytes(), (*SECRETS, story.token)), where
        assert not hits(program.probe("/metrics")[1].encode(), (*SECRETS, story.token)), where

    for program in platform.programs:
        quiet(program)
    api = platform.program("booking", "api")
    statuses = {line["status"] for line in api.lines("http_request")}
    assert statuses >= {200, 303, 400, 401, 404, 405, 413, 415, 422}, "not every mistake was made"
    assert all(re.fullmatch(r"-|/[a-z0-9_/{}.:-]*", line["route"]) for line in api.lines("http_request"))


def test_no_answer_to_a_mistake_repeats_what_was_typed(story: Story) -> None:
    assert not hits(story.bodies, (NAME, PHONE, SLIP))
