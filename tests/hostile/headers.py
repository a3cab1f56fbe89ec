"""Words of a request's head that no browser sends: methods, kinds of content, headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.hostile.values import MARK

METHODS = ("BREW", "PATCH", "TRACE", "get", "PUT", "DELETE", "OPTIONS", "HEAD", "CONNECT", "G\0T", "X" * 300)
KINDS = (
    *(
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "",
        "application/json; charset=utf-16",
    ),
    *(
        "application/x-www-form-urlencoded; charset=latin-1",
        f"{MARK}/{MARK}",
        "application/json, text/html",
        "\x01",
    ),
)
_TOKENS = (
    "",
    "x",
    "x" * 54,
    "A" * 5_000,
    "dev:",
    "dev:lead",
    "dev:mayor@flensburg",
    "dev:lead@../..",
    "\x7f",
    "ä",
)
HEADERS: Mapping[str, Sequence[str]] = {
    "Authorization": [f"{scheme}{one}" for scheme in ("Bearer ", "Basic ", "bearer", "") for one in _TOKENS],
    "Cookie": (
        *(
            "",
            ";",
            "=",
            "=;=;=",
            "__Host-staff=" + "A" * 4_000,
            "__Host-staff=lead_1.lead.flensburg.9999999999.x",
        ),
        *(
            "__Host-booking-hold=\x7f",
            "__Host-booking-device=ä; " * 50,
            '__Host-booking-hold="',
            "a=b; " * 900,
        ),
        *(f"__Host-staff=x.x.x.٣.{'x' * 43}", "__Host-booking-hold=" + "A" * 54),
    ),
    "Idempotency-Key": ("", "short", "x" * 65, "x" * 9_000, "ääääääää", "12345678 9", "\x7f" * 9),
    "Accept-Language": ("de;q=nan", "*;q=-1," * 900, ";q=;q=,", "x" * 9_000, "da;q=inf", "ä", "de;q=1e999"),
    "Min-Log-Position": ("-1", "x", "9" * 400, "1.5", "٣", "0x10", str(2**63), str(2**62)),
    "If-None-Match": ("*", '"', 'W/"' + "x" * 5_000, "," * 5_000, "ä"),
    "X-Forwarded-For": (
        "",
        "x",
        "999.1.1.1",
        "::1%lo",
        ", ," * 2_000,
        "fe80::1, 127.0.0.1",
        "10.0.0.1:80",
        "ä",
    ),
    "traceparent": ("00-x", "00-" + "0" * 32 + "-" + "0" * 16 + "-00", "x" * 5_000, "ä"),
    "Content-Type": KINDS,
    "Sec-Fetch-Site": ("cross-site", "", "same-origin, same-origin", "ä"),
    "Origin": ("null", "https://evil.example", "x" * 9_000, "ä", "http://127.0.0.1:1"),
    "Host": ("", "evil.example", "a, b", "x" * 9_000, "127.0.0.1:99999", "ä"),
    "Content-Encoding": ("gzip", "br", "x"),
    "Expect": ("100-continue", "x"),
    "Range": ("bytes=0-", "bytes=" + "0-1," * 900),
    "Upgrade": ("h2c", "websocket"),
    "Transfer-Encoding": ("gzip", "identity", "chunked, chunked", "x"),
    f"X-{MARK}": ("x" * 30_000, "x" * 600_000, "\0", "\x01", "a\r\n folded", "ä", "\x7f"),
    "X" * 9_000: ("x",),
    "X Y": ("x",),
}
