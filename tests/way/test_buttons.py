"""What only buttons send to, opened all the same: by loading again, from a kept tab, by a copied address."""

from __future__ import annotations

import pytest

from services.booking.pages.buttons import PATHS
from services.booking.pages.citizen import BUTTONS
from services.booking.pages.routes import page_routes
from tests.way.booking_desk import Desk
from tests.way.link_reader import Reader, heading


def test_every_such_address_is_known() -> None:
    handlers = [one for one in page_routes() if any(path.startswith("/{l") for path in one.paths)]
    posted, opened = (
        {path for one in handlers if method in one.http_methods for path in one.paths}
        for method in ("POST", "GET")
    )
    assert posted <= opened
    assert {path.rpartition("/")[2] for path in PATHS} == BUTTONS


@pytest.mark.parametrize("path", PATHS)
def test_it_leads_to_the_page_with_the_button(desk: Desk, path: str) -> None:
    here = path.replace("{l:str}", "en").replace("{token:str}", "x" * 54)
    answer = desk.client.get(here, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, here.rpartition("/")[0])


def test_a_confirmation_that_is_loaded_again_changes_nothing(desk: Desk) -> None:
    reader = Reader(desk)
    before = desk.office.position()
    page = desk.client.get(f"{reader.path()}/bestaetigen")
    assert heading(page) == "Möchten Sie diesen Termin bestätigen?"
    assert desk.office.position() == before
