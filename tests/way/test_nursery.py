"""What is born of the nursery behaves like a process that was started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from servicekit.testing.binaries import ROOT
from servicekit.testing.process import alive, stop, wait_until
from tests.way import nursery
from tests.way.nursery import ANEW, Born, begin, born

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process starts from nothing")
SAY = """
import json, os, random
print(json.dumps([dict(os.environ), os.getcwd(), random.random(), os.getsid(0) == os.getpid()]), flush=True)
os.write(2, b"and this")
os._exit(len(os.read(0, 1)) + 3)
"""
PARENT = """
import os, signal
from tests.way.nursery import born
with open(os.devnull, "wb") as output:
    print(born(("timeit", "import time; time.sleep(60)"), {}, output, ()).pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def run(folder: Path, code: str) -> tuple[Born, Path]:
    """``python -m timeit`` with code that ends, or not, in its first round."""
    file = folder / "log"
    with file.open("wb") as output:
        return born(("timeit", code), {"ONLY": "this"}, output, ()), file


def said(file: Path) -> list[Any]:
    lines = file.read_text().splitlines()
    assert lines[1:] == ["and this"]
    return list(json.loads(lines[0]))


def test_it_has_what_was_asked_for_and_its_exit_code_is_told(tmp_path: Path) -> None:
    chances = set()
    for _ in range(2):
        process, file = run(tmp_path, SAY)
        assert process.wait(30) == process.poll() == 3
        environment, folder, chance, own_group = said(file)
        assert (environment, folder, own_group) == ({"ONLY": "this"}, str(ROOT), True)
        chances.add(chance)
    assert len(chances) == 2


@pytest.mark.parametrize("name", sorted(ANEW))
def test_what_depends_on_how_a_process_begins_starts_from_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = list[str]()
    monkeypatch.setattr(nursery, "start", lambda command, **_how: anew.append(command[-1]))
    monkeypatch.setattr(nursery, "born", lambda *_how: None)
    with Path(os.devnull).open("wb") as output:
        begin("reporting", "api", {"APP_ENV": "test"}, output)
        assert not anew
        begin("reporting", "project", {"APP_ENV": "test", name: "x"}, output)
    assert anew == ["project"]


def test_it_is_waited_for_and_killed_like_any_other(tmp_path: Path) -> None:
    process, _file = run(tmp_path, "import time; time.sleep(60)")
    assert process.poll() is None and alive(process.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.kill()
    assert process.wait(30) == -signal.SIGKILL
    assert not alive(process.pid)
    process.kill()  # whoever has that number now is not ours
    assert stop(run(tmp_path, "import time; time.sleep(60)")[0], signal.SIGTERM, 30) == -signal.SIGTERM


def test_it_does_not_outlive_who_asked_for_it() -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "contracts")])
    asked = subprocess.run(
        [sys.executable, "-c", PARENT],
        cwd=ROOT,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == -signal.SIGKILL, asked.stderr
    wait_until(lambda: not alive(int(asked.stdout)), 30, "it still runs")
