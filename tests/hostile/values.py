"""Hostile values and JSON texts, drawn from a seed: the same seed draws the same.

``MARK`` is in every text that is sent: where it turns up again, something was kept or repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

MARK = "hoStile7"
DEEP = (9, 100, 1_500, 30_000)
"""How deep values are nested: just beyond what is taken, and beyond what a stack holds."""

SCALARS: Sequence[Any] = (
    *(None, True, False, 0, -1, 1, 0.5, -0.0, 1e308, 2**31, -(2**31) - 1, 2**63, -(2**63) - 1, 2**64),
    *(10**30, 10**400, float("nan"), float("inf"), float("-inf")),
    *("", " ", "0", "null", MARK, f"{MARK}\0", f"{MARK}\ud800", f"\udfff{MARK}", f"{MARK}\u202e\u2066"),
    *(
        f"{MARK}\r\nBcc: {MARK}@example.org",
        f"\x1b[2J{MARK}",
        f"{MARK}\u2028",
        f"{MARK}\x85",
        f"\ufeff{MARK}",
    ),
    *(f"'; DROP TABLE event; -- {MARK}", f"{{{{7*7}}}}{MARK}", f"%s%n%x{MARK}", f"<script>{MARK}</script>"),
    *(f"../../../{MARK}", f"={MARK}()", "Z̷̢̛a̶̡͝l̸̨͠g̴̢͘o̵̧͝" * 20, "😀" * 300, "ß" * 70_000, MARK * 2_000),
    *("0001-01-01", "9999-12-31", "2026-02-30", "2026-12-08", "-1-01-01", "2026-W53", "2026-W99", "2026-13"),
    *(
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999-14:00",
        "2026-12-08T10:00:00",
        "2026-10-25T02:30:00",
    ),
    *("2026-12-08T10:00:00+99:99", "2026-12-08T25:61:00+01:00", "25:61", "00:00", "24:00", "-00:01"),
    *("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-00000000000", "id_card_apply"),
    *("id_card_apply:0", "id_card_apply:99999999999999999999", ":", "flensburg", "kiel", "xx_unknown", "٣"),
)
"""What a field may be set to; most of it belongs nowhere."""


def value(random: Random, depth: int = 0) -> Any:
    """A hostile value of any kind."""
    draw = random.random()
    if depth > 2 or draw < 0.8:
        return random.choice(SCALARS)
    if draw < 0.88:
        return [value(random, depth + 1) for _ in range(random.choice((0, 1, 3, 3 if depth else 300)))]
    if draw < 0.96:
        return {
            f"{MARK}{number}": value(random, depth + 1)
            for number in range(random.choice((0, 1, 3, 3 if depth else 300)))
        }
    return nested(random.choice(DEEP[:2]))


def nested(depth: int) -> Any:
    """A value in so many lists."""
    found: Any = MARK
    for _ in range(depth):
        found = [found]
    return found


def changed(random: Random, good: Any) -> Any:
    """``good`` with something of it replaced, missing, renamed, doubled or added."""
    if isinstance(good, dict) and (good or random.random() < 0.5):
        kept, name = dict(good), random.choice([*good, MARK])
        draw = random.random()
        if name in good and draw < 0.35 and isinstance(good[name], (dict, list)):
            kept[name] = changed(random, good[name])
        elif draw < 0.8:
            kept[name] = value(random)
        elif name in good and draw < 0.9:
            kept[random.choice((f"{name} ", name.upper(), f"{name}\0", MARK))] = kept.pop(name)
        else:
            kept.pop(name, None)
        return kept if random.random() < 0.7 else changed(random, kept)
    if isinstance(good, list) and good:
        at = random.randrange(len(good))
        inner = [changed(random, good[at]), value(random)][random.random() < 0.5]
        return random.choice(([*good[:at], inner, *good[at + 1 :]], good * 200, []))
    return value(random)


def text(made: Any) -> str:
    """As JSON; what JSON does not know (NaN, lone surrogates) as most programs write it."""
    return json.dumps(made)


def _deep(random: Random, good: str) -> bytes:
    depth = random.choice(DEEP)
    return f'{{"{MARK}": {"[" * depth}{"]" * depth}, {good[1:]}'.encode()


def _flipped(random: Random, good: str) -> bytes:
    raw = bytearray(good.encode())
    for _ in range(random.choice((1, 3, 20))):
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


def _doubled(random: Random, good: str) -> bytes:
    inner = good[1:-1] or f'"{MARK}": 1'
    return f"{{{inner}, {inner}, {inner.replace(':', ': null, ' + text(MARK) + ':', 1)}}}".encode()


BROKEN: Sequence[Callable[[Random, str], bytes]] = (
    lambda random, good: good.encode()[: random.randrange(len(good))],
    lambda random, good: good.encode() * random.choice((2, 3)),
    lambda random, good: (
        f'{{"{MARK}": "{"x" * random.choice((60_000, 70_000, 900_000))}", {good[1:]}'.encode()
    ),
    lambda _random, good: good.replace('"', "'").encode(),
    lambda _random, good: f"{good[:-1]},}}".encode(),
    lambda _random, good: f"/* {MARK} */ {good} // {MARK}".encode(),
    lambda _random, good: good.encode("utf-16"),
    lambda _random, good: b"\xef\xbb\xbf" + good.encode(),
    lambda _random, good: good.encode() + b"\0" + MARK.encode(),
    lambda _random, good: good[:-1].encode() + f', "{MARK}": "'.encode() + b'\xff\xfe\xc0\xaf"}',
    lambda _random, good: f"[{good}]".encode(),
    lambda random, _good: text(value(random)).encode(),
    lambda random, _good: random.randbytes(random.choice((1, 60, 5_000))),
    lambda _random, _good: b"",
    _deep,
    _flipped,
    _doubled,
)
"""Texts that are hardly JSON, or more of it than is good."""


def body(random: Random, good: Any) -> bytes:
    """A hostile JSON text made of a good value."""
    if random.random() < 0.6:
        return text(changed(random, good)).encode("utf-8", "surrogatepass")
    return random.choice(BROKEN)(random, text(good))
