"""Rows of a recording, and which of them say something impossible.

Promises: a broken row is named with its line number and its fault and stops nothing else; a file
without the needed columns is refused as a whole, naming them.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TypeVar, cast

from buergerbuero_contracts.envelope import Event
from servicekit.log import Stream

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Planned:
    """An event to be written, and the moment at which it happened (UTC)."""

    at: datetime
    stream: Stream
    event: Event


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out."""

    line: int
    fault: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.fault}"


class WrongFile(ValueError):
    """The file has not the shape of this recording."""


def columns_of(file: Path) -> list[str]:
    """The header of a recording."""
    with _open(file) as lines:
        return next(csv.reader([next(lines).decode("utf-8-sig")]))


def read_rows(
    file: Path, needed: Sequence[str], parse: Callable[[dict[str, str]], T]
) -> tuple[list[T], list[BadRow]]:
    """The rows that ``parse`` accepts, and the others. ``parse`` raises ``ValueError`` with the fault."""
    header = columns_of(file)
    if missing := [name for name in needed if name not in header]:
        raise WrongFile(f"{file.name} has no column {', '.join(missing)}")
    good: list[T] = []
    bad: list[BadRow] = []
    with _open(file) as lines:
        next(lines)
        for number, line in enumerate(lines, start=2):
            try:
                good.append(parse(_cells(header, line)))
            except UnicodeDecodeError:
                bad.append(BadRow(number, "is not UTF-8"))
            except ValueError as fault:
                bad.append(BadRow(number, str(fault)))
    return good, bad


def _open(file: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(file, "rb")) if file.suffix == ".gz" else file.open("rb")


def _cells(header: Sequence[str], line: bytes) -> dict[str, str]:
    cells = next(csv.reader([line.decode("utf-8")]), [])
    if len(cells) != len(header):
        raise ValueError(f"has {len(cells)} columns, not {len(header)}")
    return dict(zip(header, cells, strict=True))


def count(cells: dict[str, str], name: str) -> int:
    """A whole number that cannot be negative."""
    text = cells[name]
    if not text.isdecimal():
        raise ValueError(f"{name} is {text!r}, not a count")
    return int(text)
