"""One hostile request, drawn from a seed, a number, a route and what a caller may know.

Promises: the same seed and number draw the same; every route gets its turn, mostly with the right proof, so
that what is hostile comes as far as it can; at least one thing about each request is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote, quote_plus
from uuid import UUID

from tests.hostile.headers import HEADERS, KINDS, METHODS
from tests.hostile.routes import Route
from tests.hostile.values import MARK, body, value

Headers = list[tuple[str, str]]
LANGUAGES = ("de", "en", "da", "de-leicht")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Known:
    """What somebody with a booking, or who works here, knows: ids, links and proofs that are good."""

    ids: Mapping[str, Sequence[str]]
    token: str
    """The hold of a booking."""
    links: Sequence[str]
    """Tokens of every purpose, for that booking."""
    lead: str = "dev:lead@flensburg"
    master: str = "dev:lead@kiel"
    """Whoever asks for changes of opening hours and the like."""


@dataclass
class Shot:
    """The bytes of a request. ``bare``: hardly HTTP, so that no answer at all is one, too."""

    number: int
    route: Route
    kind: str
    method: str = ""
    target: str = ""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    bare: bool = False
    hang_up: bool = False

    @property
    def sent(self) -> bytes:
        """As it goes out."""
        lines = "".join(f"{name}: {text}\r\n" for name, text in self.headers)
        head = f"{self.method} {self.target} HTTP/1.1\r\n{lines}\r\n"
        return head.encode("utf-8", "surrogatepass") + self.body


def draw(seed: int, number: int, route: Route, known: Known) -> Shot:
    """The shot of this number."""
    random = Random(f"{seed}:{number}")  # noqa: S311 - a story, no secret
    shot = Shot(number, route, "", route.method)
    _good(random, shot, known)
    kinds = _POSTED if route.method == "POST" else _ASKED
    name = random.choices(list(kinds), list(kinds.values()))[0]
    shot.kind = name.__name__.removeprefix("_")
    name(random, shot)
    return shot


# --- the good call that something is wrong with


def _good(random: Random, shot: Shot, known: Known) -> None:
    route = shot.route
    pieces = route.path.split("/")
    named = [_fitting(random, one[1:-1], route, known) if one.startswith("{") else one for one in pieces]
    shot.target = "/".join(named)
    host = random.randrange(1, 200 * 200)
    shot.headers = [
        ("Host", "127.0.0.1"),
        ("Connection", "close"),
        ("X-Forwarded-For", f"10.{host // 200}.{host % 200}.9"),
        ("Accept-Language", random.choice(LANGUAGES)),
    ]
    _proof(random, shot, known)
    if route.method == "POST":
        key = f"{random.getrandbits(128):032x}"
        if route.api:
            shot.headers += [("Idempotency-Key", key), ("Content-Type", JSON)]
        else:
            shot.headers += [("Sec-Fetch-Site", "same-origin"), ("Content-Type", FORM)]
            shot.body = f"idempotency_key={key}".encode()
    elif route.queries and random.random() < 0.7:
        names = random.sample(route.queries, random.randint(1, len(route.queries)))
        shot.target += "?" + "&".join(f"{name}={quote(_plausible(random, name))}" for name in names)


def _fitting(random: Random, name: str, route: Route, known: Known) -> str:
    if name in known.ids and random.random() < 0.9:
        return random.choice(known.ids[name])
    if name in ("token", "grant"):
        return random.choice(known.links)
    if route.kinds.get(name) == "UUID":
        return str(UUID(int=random.getrandbits(128), version=4))
    return _plausible(random, name)


_PLAUSIBLE: Mapping[str, Sequence[str]] = {
    "l": LANGUAGES,
    "site": ("flensburg", "kiel"),
    "service": ("id_card_apply", "registration:2", "dog_tax"),
    "day": ("2026-12-08", "2026-11-30"),
    "from": ("2026-12-01",),
    "days": ("28", "1"),
    "persons": ("1", "2"),
    "counter": ("counter_1", "counter_9"),
    "week": ("2026-W49", "2026-W48", "2026-W49.csv", "2026-W49.xlsx"),
    "month": ("2026-11", "2026-12"),
    "year": ("2026",),
    "number": ("1", "0"),
}


def _plausible(random: Random, name: str) -> str:
    return random.choice(_PLAUSIBLE.get(name, ("1", "flensburg", "2026-12-08", "x", name)))


def _proof(random: Random, shot: Shot, known: Known) -> None:
    need = shot.route.permission
    if random.random() < 0.1:
        return
    if need == "own_booking" and shot.route.api:
        shot.headers.append(("Authorization", f"Bearer {random.choice((known.token, *known.links))}"))
    elif need in ("own_booking", "public"):
        shot.headers.append(
            (
                "Cookie",
                f"__Host-booking-device={random.getrandbits(128):032x}; __Host-booking-hold={known.token}",
            )
        )
    else:
        shot.headers.append(("Authorization", f"Bearer {known.master if need == 'opening' else known.lead}"))


# --- what is wrong with it


def _body(random: Random, shot: Shot) -> None:
    if shot.route.api:
        shot.body = body(random, random.choice(shot.route.examples or ({},)))
    else:
        fields = [shot.body.decode(), *(_pair(random, shot) for _ in range(random.choice((0, 2, 6, 40))))]
        draw = random.random()
        if draw < 0.1:
            fields.append(f"{MARK}=" + "x" * random.choice((60_000, 70_000, 900_000)))
        elif draw < 0.2:
            fields = ["&=&;%%&=%ff%fe&%ed%a0%80=%00", *fields[1:]]
        shot.body = "&".join(fields).encode("utf-8", "surrogatepass")
        if draw > 0.95:
            shot.body += random.randbytes(40)
    _measured(shot)


def _pair(random: Random, shot: Shot) -> str:
    name = random.choice([*(shot.route.fields or ("x",)), MARK])
    text = str(value(random, 3)) if random.random() < 0.6 else _plausible(random, name)
    return f"{quote_plus(name)}={quote_plus(text.encode('utf-8', 'surrogatepass'))}"


def _query(random: Random, shot: Shot) -> None:
    path, _, _ = shot.target.partition("?")
    draw, names = random.random(), [*shot.route.queries, *shot.route.fields, "lang", "after", "limit", MARK]
    if draw < 0.7:
        some = [
            (random.choice(names), str(value(random, 3)).encode("utf-8", "surrogatepass")[:3_000])
            for _ in range(random.choice((1, 1, 2, 5)))
        ]
        shot.target = path + "?" + "&".join(f"{name}={quote(text)}" for name, text in some)
    elif draw < 0.8:
        shot.target = path + "?" + "&".join(f"{random.choice(names)}={number}" for number in range(600))
    else:
        bad = ("?", "&&&===", "%", "%zz", "%00=%00", "a=%ff%fe", "%ed%a0%80=1", "?#?#", "[]=1&[][x]=2", ";;")
        shot.target = path + "?" + random.choice(bad)
    _posted(random, shot)


def _path(random: Random, shot: Shot) -> None:
    if "{" in shot.route.path:
        pieces, named = shot.target.partition("?")[0].split("/"), shot.route.path.split("/")
        at = random.choice([number for number, name in enumerate(named) if name.startswith("{")])
        text = str(value(random, 3)).encode("utf-8", "surrogatepass")[: random.choice((200, 6_000))]
        bad = ("%00", "%ff", "%ed%a0%80", "%2e%2e", "..", "%2f", "", "%", "%zz", ";", "a%0d%0aX:%20y")
        pieces[at] = quote(text, safe="") if random.random() < 0.6 else random.choice(bad)
        shot.target = "/".join(pieces)
    else:
        shot.target += random.choice(("/", "//", "/%00", "/..", "%2f", ".", "/" + "a" * 9_000, ";x", "/%ff"))
    _posted(random, shot)


def _header(random: Random, shot: Shot) -> None:
    name = random.choice(tuple(HEADERS))
    text = random.choice(HEADERS[name])
    if random.random() < 0.8:
        shot.headers = [one for one in shot.headers if one[0] != name]
    shot.headers.append((name, text))
    no_http = name in ("Host", "X Y", "Transfer-Encoding", "Expect")
    shot.bare = no_http or len(text) > 20_000 or any(one in text for one in "\0\x01\x7f\r\n")
    _posted(random, shot)


def _method(random: Random, shot: Shot) -> None:
    shot.method = random.choice([one for one in METHODS if one != shot.route.method])
    shot.bare = not shot.method.isalpha() or not shot.method.isupper() or shot.method == "CONNECT"
    if shot.target.startswith("/dev/postfach"):
        shot.method = "BREW"  # nobody's mails are deleted here
    _posted(random, shot)


def _kind(random: Random, shot: Shot) -> None:
    shot.headers = [one for one in shot.headers if one[0] != "Content-Type"]
    shot.headers += [("Content-Type", one) for one in random.sample(KINDS, random.choice((0, 1, 1, 2)))]
    shot.bare = any("\x01" in text for _, text in shot.headers)
    _posted(random, shot)


def _length(random: Random, shot: Shot) -> None:
    """More or less than is said, or both ways of saying it; then the line is cut."""
    _posted(random, shot, measured=False)
    said = random.choice(("5000", "1", "-1", "x", "99999999999999999999", "+2", "0"))
    shot.headers.append(("Content-Length", said))
    if random.random() < 0.3:
        shot.headers.append(random.choice((("Content-Length", "7"), ("Transfer-Encoding", "chunked"))))
    shot.bare = shot.hang_up = True


def _chunks(random: Random, shot: Shot) -> None:
    _posted(random, shot, measured=False)
    shot.headers.append(("Transfer-Encoding", "chunked"))
    size = random.choice((b"0", b"5", b"ffffffffffffffff", b"-1", b"zz", b"4000"))
    shot.body = size + b"\r\n" + shot.body + b"\r\n" + random.choice((b"", b"0\r\n\r\n"))
    shot.bare = shot.hang_up = True


def _posted(random: Random, shot: Shot, *, measured: bool = True) -> None:
    """A body beside what is wrong elsewhere. One that fits only where nobody's office can change by it."""
    if shot.route.method == "POST" and shot.route.api:
        shot.body = body(random, random.choice(shot.route.examples or ({},)))
    if measured:
        _measured(shot)


def _measured(shot: Shot) -> None:
    if shot.route.method == "POST" or shot.body:
        shot.headers.append(("Content-Length", str(len(shot.body))))


Wrong = Callable[[Random, Shot], None]
_POSTED: Mapping[Wrong, int] = {
    _body: 55, _path: 8, _query: 6, _header: 12, _method: 4, _kind: 6, _length: 5, _chunks: 4
}  # fmt: skip
_ASKED: Mapping[Wrong, int] = {_query: 45, _path: 25, _header: 20, _method: 6, _length: 2, _chunks: 2}
