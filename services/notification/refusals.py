"""Every refusal of notification's pages, and how it is answered.

Promises: one row per code that a page refuses with; the words say what to do next.
Shown by ``tests/way/test_letters.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from servicekit.web.problems import Refusal, refusal

REFUSALS: Mapping[str, Refusal] = {
    "no-letters": refusal(
        409,
        (
            "Kein Brief zu drucken",
            "Von den angekreuzten Briefen wartet keiner mehr: Sie sind abgehakt, oder ihr Inhalt gilt nicht"
            " mehr. Bitte laden Sie die Seite neu.",
        ),
        (
            "No letter to print",
            "None of the letters that were ticked still waits: they are done, or what they say is no longer"
            " true. Please load the page again.",
        ),
    ),
}
