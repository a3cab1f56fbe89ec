"""Every code that documents refuses with has a row, and no row is left over."""

import re
from pathlib import Path

from servicekit.web.problems import EDGE
from services.documents.refusals import REFUSALS

HERE = Path(__file__).parents[3] / "services/documents"
REFUSED = re.compile(r'(?:Refused\(|return )"([a-z]+(?:-[a-z]+)+)"')
"""Codes that are raised, or given by a check whose caller raises them; and those of guards."""
GUARDED = re.compile(r'Guard\([^)]*"([a-z]+(?:-[a-z]+)+)"')


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    sources = [file.read_text("utf-8") for file in HERE.rglob("*.py") if file.name != "refusals.py"]
    codes = {code for text in sources for form in (REFUSED, GUARDED) for code in form.findall(text)}
    assert codes - EDGE.keys() == set(REFUSALS)


def test_each_text_says_what_happened_and_what_to_do() -> None:
    for code, row in REFUSALS.items():
        for text in (row.de, row.en):
            assert text.title, code
            assert text.detail.endswith("."), code
