"""A surname finds its people however it is typed, and a first name alone finds nobody."""

from __future__ import annotations

import pytest

from servicekit.web.names import has_names, has_surname


@pytest.mark.parametrize(
    ("name", "typed", "found"),
    [
        ("Anna von der Heide", "von der heide", True),
        ("Anna von der Heide", "Heide", True),
        ("Anna von der Heide", "Anna", False),
        ("Anna von der Heide", "Anna von der Heide", False),
        ("Nguyễn Thị Hà", "ha", True),
        ("Nguyễn Żółć", "zolc", True),
        ("Ayşe Yıldız-Müller", "yildiz mueller", True),
        ("Ayşe Yıldız-Müller", "Müller", True),
        ("Jörg Größmann", "GROESSMANN", True),
        ("Strau\u0308be Gro\u00df", "gross", True),
        ("Madonna", "madonna", True),
        ("Gianna D\u2019Angelo", "d'angelo", True),  # a phone curls what a keyboard has straight
        ("Gianna D'Angelo", "D\u2019ANGELO", True),
        ("Gianna D\u2019Angelo", "dangelo", True),
        ("Maria St. John", "st john", True),
        ("Søren Sørensen", "sorensen", True),
        ("Søren Sørensen", "Soerensen", True),
        ("Søren Sørensen", "Sörensen", True),
        ("Bo Kjær", "kjaer", True),
        ("Bo A\u030agaard", "Aagaard", True),
        ("Bo Ågaard", "agaard", True),
        ("Max Baur", "Bauer", False),
        ("Eva Muster", "'.", False),
        ("Eva Muster", "", False),
    ],
)
def test_a_surname_is_the_last_words_of_a_name_however_it_is_typed(
    name: str, typed: str, found: bool
) -> None:
    """F36: whoever has such a name is found by it."""
    assert has_surname(name, typed) is found


@pytest.mark.parametrize(
    ("name", "first", "surname", "found"),
    [
        ("Anna Maria von der Heide", "anna", "Heide", True),
        ("Anna Maria von der Heide", "Maria", "von der Heide", True),
        ("Anna Maria von der Heide", "Eva", "Heide", False),
        ("Anna Maria von der Heide", "", "Heide", False),
        ("Anna Maria von der Heide", "Heide", "Heide", False),
        ("Madonna", "Madonna", "Madonna", False),
        ("Ayşe Yıldız", "Ayse", "Yildiz", True),
        ("Søren O\u2019Brien", "Soeren", "O'Brien", True),
    ],
)
def test_first_name_and_surname_together_name_somebody(
    name: str, first: str, surname: str, found: bool
) -> None:
    assert has_names(name, first, surname) is found
