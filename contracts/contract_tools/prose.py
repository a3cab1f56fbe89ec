"""Docstrings as text for readers: the first paragraph says what happened, and when it is sent."""

from __future__ import annotations

import inspect

from pydantic import BaseModel


def first_sentence(kind: type[BaseModel]) -> str:
    """What happened, in one sentence."""
    return paragraphs(kind)[0].split(". ")[0].rstrip(".") + "."


def paragraphs(kind: type[BaseModel]) -> list[str]:
    """The docstring of the class itself, each paragraph on one line, as Markdown."""
    text = inspect.cleandoc(kind.__doc__ or "").replace("``", "`")
    return [" ".join(part.split()) for part in text.split("\n\n")]
