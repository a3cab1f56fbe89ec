"""The office's file of the post room: what the services need is there, and what is wrong stops the start."""

import tomllib
from pathlib import Path

import pytest

from services.documents.post_room_config import PostRoomConfig
from tests.rules.documents.post_room_office import CONFIG

ROOT = Path(__file__).parents[3]
TEXTS = '[registration]\nname = { de = "Wohnsitz anmelden" }\n'
GOOD = """
[teams]
registration = "Meldewesen"
[offices]
treasury = "Stadtkasse"
[papers]
form = { de = "Formular", en = "form" }
[services]
registration = { team = "registration", papers = ["form"] }
"""


def test_every_service_of_the_catalogue_can_come_by_post_and_other_matters_too() -> None:
    catalogue = tomllib.loads((ROOT / "config/flensburg.toml").read_text("utf-8"))["services"]
    assert set(CONFIG.matters) == {*catalogue, "other"}
    assert not [code for code, matter in CONFIG.matters.items() if not matter.papers]


def test_the_papers_are_named_in_the_languages_of_the_mails() -> None:
    papers = tomllib.loads((ROOT / "config/post_room.toml").read_text("utf-8"))["papers"]
    assert not [code for code, names in papers.items() if not (names.get("de") and names.get("en"))]


def test_a_good_file_is_read() -> None:
    assert PostRoomConfig.parse(GOOD, TEXTS).matter("registration").papers == ("form",)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('team = "registration"', 'team = "nobody"'),
        ('papers = ["form"]', 'papers = ["photo"]'),
        ("registration = {", "fishing_levy = {"),
        ("[offices]", "[other]"),
    ],
)
def test_a_file_that_is_not_right_stops_the_start(right: str, wrong: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        PostRoomConfig.parse(GOOD.replace(right, wrong), TEXTS)
