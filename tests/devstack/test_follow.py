"""Log files side by side."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from devstack.follow import follow
from servicekit.testing.process import wait_until


def test_lines_carry_the_name_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "booking").write_text("one\ntwo\nhalf")
    (tmp_path / "reporting").write_text("three\n")
    out, end = io.StringIO(), threading.Event()
    end.set()
    follow({name: tmp_path / name for name in ("booking", "reporting")}, end, out)
    assert out.getvalue().splitlines() == ["booking   | one", "booking   | two", "reporting | three"]


def test_what_is_added_follows_and_a_new_file_starts_at_its_beginning(tmp_path: Path) -> None:
    path, out, end = tmp_path / "log", io.StringIO(), threading.Event()
    reader = threading.Thread(target=follow, args=({"log": path}, end, out))
    reader.start()
    path.write_text("the first and long line\n")
    wait_until(lambda: "first" in out.getvalue(), 10, "nothing printed")
    path.write_text("anew\n")
    wait_until(lambda: "anew" in out.getvalue(), 10, "nothing printed")
    end.set()
    reader.join()
    assert out.getvalue().splitlines() == ["log | the first and long line", "log | anew"]


def test_only_what_is_new_can_be_asked_for(tmp_path: Path) -> None:
    path, out, end = tmp_path / "log", io.StringIO(), threading.Event()
    path.write_text("old\n")
    reader = threading.Thread(target=follow, args=({"log": path}, end, out, True))
    reader.start()
    wait_until(lambda: _adds(path, "new\n") and "new" in out.getvalue(), 10, "nothing printed", pause=0.3)
    end.set()
    reader.join()
    assert "old" not in out.getvalue()


def _adds(path: Path, text: str) -> bool:
    with path.open("a") as file:
        return bool(file.write(text))
