"""Many people behind one network: the page that says so leads to a way through, without a script."""

from __future__ import annotations

import pytest

from tests.way.booking_desk import LEAD, Desk
from tests.way.chooser import GO, ID_CARD, NINE, Chooser, links, where
from tests.way.visitor import heading, words
from tests.way.waiting_desk import mailed, wishes_of

FULL = "Gerade ist keine weitere Reservierung möglich"
EVA = {"name": "Eva Muster", "email": "eva@example.org"}


@pytest.mark.parametrize(("level", "most"), [("normal", 8), ("raised", 1)])
def test_where_the_network_is_full_a_proven_mailbox_gets_through(desk: Desk, level: str, most: int) -> None:
    """The others only hold; had they given invented contacts it would be the same for an hour."""
    for minute in range(most):
        desk.client.cookies.clear()
        desk.held(starts_at=f"2026-12-01T{10 + minute // 6}:{minute % 6}0:00+01:00")
    if level == "raised":
        desk.post("/sites/flensburg/protection-level", {"level": level}, **LEAD)
    eva = Chooser(desk)
    if level == "normal":
        full = eva.press(eva.open(ID_CARD), GO, starts_at=NINE)
        assert (full.status_code, heading(full)) == (429, FULL)
        assert "mit anderen teilen" in words(full)
        (way,) = [link for link in links(full) if "postfach-zuerst" in link]
    else:
        way = "/de/postfach-zuerst?service=id_card_apply"
    asked = eva.press(eva.open(way), "Link schicken", **EVA)
    assert heading(eva.follow(asked)) == "Prüfen Sie Ihr Postfach"
    path = f"/de/frueher/{mailed(desk.office, wishes_of(desk.office)[-1])}"
    eva.follow(eva.press(eva.open(path), "Wunsch bestätigen"))
    taken = eva.press(eva.open(ID_CARD), GO, starts_at=NINE)
    assert where(taken) == "/de/kontakt"
    form = eva.follow(taken)
    assert all(f'value="{text}"' in form.text for text in EVA.values()), "nobody types it a second time"
    done = eva.press(form, "Termin reservieren")
    assert heading(eva.follow(done)) == "Ihr Termin ist bestätigt"


def test_a_device_that_holds_enough_is_not_led_there(desk: Desk) -> None:
    """A mailbox frees nobody from the limits of the own device."""
    eva = Chooser(desk)
    for minute in range(2):
        answer = desk.post(
            "/bookings",
            {
                "site": "flensburg",
                "starts_at": f"2026-12-01T10:{minute}0:00+01:00",
                "items": [{"service": "id_card_apply"}],
            },
            Cookie=f"__Host-booking-device={'d' * 30}",
        )
        assert answer.status_code == 201
    eva.cookies["__Host-booking-device"] = "d" * 30
    full = eva.press(eva.open(ID_CARD), GO, starts_at=NINE)
    assert heading(full) == FULL and not [link for link in links(full) if "postfach-zuerst" in link]
