"""Vector drawings as text: a few shapes, each with a class that says what it means. Pure.

Promises: every drawing has a title and a description for those who cannot see it; strings are text,
never markup; no style of its own, so the page's policy holds; ``STYLE`` gives the same look on paper.
Shown by ``tests/rules/reporting/test_charts.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

STYLE = Markup("""<style>
text{font-family:'Libertinus Serif',serif;font-size:11px;fill:#111}
.strong{font-weight:bold}.end{text-anchor:end}.mid{text-anchor:middle}
.over{paint-order:stroke;stroke:#fff;stroke-width:3}.now{fill:#222}.year{fill:#bbb}.rule{stroke:#999;stroke-width:1}
.goal{stroke:#222;stroke-width:1.5;stroke-dasharray:4 2}.ring{fill:#fff;stroke:#222;stroke-width:1.5}
.spark{fill:none;stroke:#222;stroke-width:1.5}.shade0{fill:#fff}.shade1{fill:#f4f4f4}.shade2{fill:#e8e8e8}.shade3{fill:#dcdcdc}.shade4{fill:#d0d0d0}
.shade5{fill:#c2c2c2}
</style>""")
"""The classes for paper; ``office.css`` has those of the page."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of ``width`` by ``height`` units with its ``shapes``."""

    title: str
    desc: str
    width: int
    height: int
    shapes: tuple[Markup, ...]

    def svg(self, name: str) -> Markup:
        """For a page; ``name`` must be unique on it."""
        open_ = Markup(
            '<svg class="report-drawing" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        ).format(self.width, self.height, name, name)
        return open_ + self._inside(name)

    def alone(self) -> str:
        """A file of its own, with its look."""
        open_ = Markup('<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}">').format(
            self.width, self.height
        )
        return open_ + STYLE + self._inside("drawing")

    def _inside(self, name: str) -> Markup:
        title, desc = element("title", self.title, id=f"{name}-t"), element("desc", self.desc, id=f"{name}-d")
        return title + desc + Markup("").join(self.shapes) + Markup("</svg>")


def element(name: str, content: str = "", **attributes: object) -> Markup:
    """One element; ``class_`` is written as ``class``, numbers with at most one digit."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_"), _short(value)) for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, content)


def rect(kind: str, x: float, y: float, width: float, height: float) -> Markup:
    """A filled box."""
    return element("rect", class_=kind, x=x, y=y, width=width, height=height)


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    """A straight line."""
    return element("line", class_=kind, x1=x1, y1=y1, x2=x2, y2=y2)


def dot(kind: str, x: float, y: float, radius: float = 4) -> Markup:
    """A filled circle, or with kind ``ring`` an empty one."""
    return element("circle", class_=kind, cx=x, cy=y, r=radius)


def label(words: str, x: float, y: float, *kinds: str) -> Markup:
    """Words whose base line begins at a point; ``end`` and ``mid`` put their end or middle there."""
    return element("text", words, **({"class_": " ".join(kinds)} if kinds else {}), x=x, y=y)


def _short(value: object) -> object:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
