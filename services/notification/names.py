"""The catalogue as mails need it: names of services, what to bring, the site's address and phone.

Promises: read once at the start from the office's files; a service without a text in both languages stops
the start, so no mail can fail for want of one. Shown by ``tests/rules/notification/test_names.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .letter import Office

SPOKEN = ("de", "en")


class OfficeNames:
    """``config/<city>.toml`` (table ``site``) and, beside it, ``service_texts.toml``."""

    def __init__(self, office: Mapping[str, Any], texts: Mapping[str, Any]) -> None:
        self._office, self._texts = office, texts
        for code, text in texts.items():
            for language in SPOKEN:
                if not text["name"].get(language) or language not in text.get("papers", {language: []}):
                    raise KeyError(f"{code} has no text in {language}")

    @classmethod
    def read(cls, catalogue: Path) -> OfficeNames:
        """Both files. Raises ``OSError``, ``KeyError`` or ``tomllib.TOMLDecodeError`` if one is not right."""
        office = tomllib.loads(catalogue.read_text("utf-8"))
        texts = tomllib.loads(catalogue.with_name("service_texts.toml").read_text("utf-8"))
        return cls(office["site"], texts)

    def service(self, code: str, language: str) -> str:
        """The name of a service. Raises ``KeyError`` for a code nobody knows."""
        return str(self._texts[code]["name"][language])

    def papers(self, code: str, language: str) -> Sequence[str]:
        """What to bring for it."""
        return [str(paper) for paper in self._texts[code].get("papers", {}).get(language, ())]

    def office(self, site: str, language: str) -> Office:
        """The site; ``links`` of the file are pairs of label by language and address."""
        if site != self._office["code"]:
            raise KeyError(site)
        links = [(link["label"][language], link["url"]) for link in self._office.get("links", ())]
        return Office(self._office["name"], self._office["address"], self._office["phone"], links)
