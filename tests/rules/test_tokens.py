"""Link tokens hold what they promise: one purpose, one spelling, any change refused, keys that rotate."""

from __future__ import annotations

import string
from base64 import urlsafe_b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, unquote
from uuid import UUID

import pytest

from servicekit.tokens import LENGTH, Link, Purpose, Tokens, new_key

BOOKING = UUID("018f6a3c-7b1e-7c11-9a51-aa6d3c2b1f00")
UNTIL = datetime(2026, 12, 1, 8, tzinfo=UTC)
ALPHABET = string.ascii_letters + string.digits + "-_"


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    path = tmp_path / "links"
    path.write_text("# current first\n" + new_key(7))
    return path


@pytest.fixture
def tokens(ring: Path) -> Tokens:
    return Tokens(ring)


def test_a_token_gives_back_what_was_signed(tokens: Tokens) -> None:
    token = tokens.sign(Purpose.CONFIRM, BOOKING, UNTIL, attempt=2)
    assert tokens.verify(token, Purpose.CONFIRM) == Link(BOOKING, 2, UNTIL)


def test_a_token_is_forty_bytes_in_letters_that_mail_programs_leave_alone(tokens: Tokens) -> None:
    """F14: encoders have nothing to encode, and there is no padding to lose."""
    for attempt in range(50):
        token = tokens.sign(Purpose.TICKET, BOOKING, UNTIL, attempt)
        assert len(token) == LENGTH == 54
        assert len(urlsafe_b64decode(token + "==")) == 40
        assert set(token) <= set(ALPHABET)
        assert quote(quote(token, safe=""), safe="") == token == unquote(token)


@pytest.mark.parametrize("other", set(Purpose) - {Purpose.CONFIRM})
def test_a_token_of_one_purpose_is_none_of_another(tokens: Tokens, other: Purpose) -> None:
    assert tokens.verify(tokens.sign(Purpose.CONFIRM, BOOKING, UNTIL), other) is None


def test_every_changed_character_is_refused(tokens: Tokens) -> None:
    token = tokens.sign(Purpose.CONFIRM, BOOKING, UNTIL, 1)
    for place, letter in enumerate(token):
        for wrong in ALPHABET.replace(letter, ""):
            assert tokens.verify(token[:place] + wrong + token[place + 1 :], Purpose.CONFIRM) is None


@pytest.mark.parametrize("tail", [".", ")", ">", "=", "\n", "A", "%20", "ä"])
def test_what_a_mail_program_hangs_on_is_refused_without_an_error(tokens: Tokens, tail: str) -> None:
    """F14: a trailing sign."""
    token = tokens.sign(Purpose.CONFIRM, BOOKING, UNTIL)
    assert tokens.verify(token + tail, Purpose.CONFIRM) is None
    other = token[:-1] + tail
    assert other == token or tokens.verify(other, Purpose.CONFIRM) is None
    assert tokens.verify(tail, Purpose.CONFIRM) is None


def test_a_token_ends_at_its_limit_only_when_asked_with_a_time(tokens: Tokens) -> None:
    token = tokens.sign(Purpose.TICKET, BOOKING, UNTIL)
    assert tokens.verify(token, Purpose.TICKET, UNTIL) is not None
    assert tokens.verify(token, Purpose.TICKET, UNTIL + timedelta(seconds=1)) is None
    assert tokens.verify(token, Purpose.TICKET) is not None


def test_a_new_first_key_signs_without_restart_and_old_links_still_count(ring: Path, tokens: Tokens) -> None:
    old = tokens.sign(Purpose.TICKET, BOOKING, UNTIL)
    ring.write_text(new_key(8) + ring.read_text())
    new = tokens.sign(Purpose.TICKET, BOOKING, UNTIL)
    assert new != old
    assert tokens.verify(old, Purpose.TICKET) and tokens.verify(new, Purpose.TICKET)
    ring.write_text(ring.read_text().splitlines()[0])
    assert tokens.verify(old, Purpose.TICKET) is None, "a key that left the ring verifies nothing"


def test_a_foreign_ring_with_the_same_key_id_signs_nothing(tmp_path: Path, tokens: Tokens) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text(new_key(7))
    assert tokens.verify(Tokens(foreign).sign(Purpose.CONFIRM, BOOKING, UNTIL), Purpose.CONFIRM) is None


@pytest.mark.parametrize("text", ["", "# nothing\n", "x y\n", "1\n", "300 " + "A" * 44, "1 c2hvcnQ=\n"])
def test_a_malformed_ring_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ring"
    path.write_text(text)
    with pytest.raises(ValueError, match="key ring") as fault:
        Tokens(path)
    assert "c2hvcnQ" not in str(fault.value)
