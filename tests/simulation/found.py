"""Seeds that failed once. They are run first from then on: ``found/<seed>.txt`` says what was wrong."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).with_name("found")


def kept() -> list[int]:
    """Their numbers."""
    return sorted(int(file.stem) for file in FOLDER.glob("*.txt"))


def keep(seed: int, wrong: str) -> str:
    """One more; its path in the repository."""
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / f"{seed}.txt"
    file.write_text(f"{wrong}\n", "utf-8")
    return f"tests/simulation/found/{file.name}"
