"""What may be published of a week: no small count can be computed from the rest, not even by an insider."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.catalogue import CHANNELS, GROUPS
from services.reporting.suppression import SMALL, Public, publishable, withheld

ROWS = st.dictionaries(st.sampled_from(list(GROUPS)), st.integers(0, 60))
WEEKS = st.dictionaries(
    st.tuples(st.sampled_from(list(CHANNELS)), st.sampled_from(list(GROUPS))), st.integers(0, 60)
)
Seen = tuple[tuple[int | None, ...], int | None]


def published(row: Mapping[str, int]) -> Seen:
    """A row as its reader sees it: None for what is withheld, and the sum if it is there."""
    hidden, whole = withheld(row)
    return tuple(None if group in hidden else row[group] for group in row), sum(
        row.values()
    ) if whole else None


@cache
def origins(groups: tuple[str, ...], highest: int) -> Mapping[Seen, list[tuple[int, ...]]]:
    """Every publication of a row of these groups, and all rows up to ``highest`` that lead to it."""
    found: dict[Seen, list[tuple[int, ...]]] = defaultdict(list)
    for counts in product(range(highest + 1), repeat=len(groups)):
        found[published(dict(zip(groups, counts, strict=True)))].append(counts)
    return found


def test_no_withheld_count_can_be_told_even_by_a_reader_who_knows_the_rules() -> None:
    """All rows of three and of four groups, each publication with all the rows it can stand for.

    A publication that only rows at the edge of the enumeration lead to may have others beyond it.
    """
    for groups, highest in ((tuple(GROUPS)[:2], 40), (tuple(GROUPS)[2:5], 24), (tuple(GROUPS)[:4], 13)):
        for seen, rows in origins(groups, highest).items():
            if any(highest in row for row in rows):
                continue
            for index, shown in enumerate(seen[0]):
                assert shown is not None or len({row[index] for row in rows}) > 1, (groups, seen, rows)


@given(ROWS)
@settings(max_examples=300)
def test_a_sum_leaves_several_values_for_each_withheld_count(row: dict[str, int]) -> None:
    """Any number of groups: only the published numbers and that a withheld count is at least 1 are known."""
    hidden, whole = withheld(row)
    rest = sum(row[group] for group in hidden)
    for _group in hidden if whole else ():
        assert rest - (len(hidden) - 1) >= SMALL, "each of them could be any of 1 to 4"


@given(ROWS)
def test_one_can_be_moved_between_withheld_counts_without_changing_what_is_published(
    row: dict[str, int],
) -> None:
    """The proof of the promise: for each withheld count there is another row of the same publication."""
    hidden, whole = withheld(row)
    for group in hidden:
        assert any(published(other) == published(row) for other in _neighbours(row, group, hidden, whole))


def _neighbours(
    row: dict[str, int], group: str, hidden: frozenset[str], whole: bool
) -> Iterator[dict[str, int]]:
    """Rows in which ``group`` is one more or one less, and another withheld count makes up for it."""
    for step, other in product((1, -1), sorted(hidden - {group})):
        yield {**row, group: row[group] + step, other: row[other] - step}
    if not whole:
        yield from ({**row, group: row[group] + step} for step in (1, -1))


@given(WEEKS)
@settings(max_examples=200)
def test_a_week_shows_its_total_only_if_it_shows_every_sum(counts: dict[tuple[str, str], int]) -> None:
    """So the total tells nothing that the sums of the channels do not tell."""
    public = publishable(counts, frozenset(CHANNELS))
    sums = list(public.channels.values())
    assert (public.total is None) == (None in sums)
    if public.total is not None:
        assert public.total == sum(counts.values()) == sum(one or 0 for one in sums)


@given(WEEKS)
@settings(max_examples=200)
def test_small_counts_never_appear_and_others_are_true(counts: dict[tuple[str, str], int]) -> None:
    public = publishable(counts, frozenset(CHANNELS))
    assert public.cells.keys() == counts.keys()
    for of, shown in public.cells.items():
        assert shown in (None, counts[of])
        assert shown is None or not 0 < shown <= SMALL
    for shown in (*public.channels.values(), public.total):
        assert shown is None or not 0 < shown <= SMALL


def test_large_counts_and_zeros_are_published_as_they_are() -> None:
    counts = {("personal", "identity"): 40, ("personal", "permits"): 0, ("phone", "unassigned"): 120}
    assert publishable(counts, frozenset({"personal", "phone", "post"})) == Public(
        counts, {"personal": 40, "phone": 120, "post": 0}, 160
    )


def test_a_small_count_takes_company_with_it() -> None:
    row = {"identity": 300, "registration": 90, "permits": 2}
    hidden, whole = withheld(row)
    assert (hidden, whole) == (frozenset({"permits", "registration"}), True), (
        "the first of the fixed order that is not small"
    )
    assert withheld({**row, "registration": 900})[0] == hidden, "whatever its size"
    assert withheld({**row, "certificates": 1})[1], "two small ones with company keep their sum"


def test_a_row_too_small_to_hide_anything_loses_its_sum() -> None:
    assert withheld({"identity": 3}) == (frozenset({"identity"}), False)
    assert withheld({"identity": 3, "permits": 5}) == (frozenset({"identity", "permits"}), False)
    week = publishable({("post", "other"): 3, ("personal", "identity"): 400}, frozenset({"post", "personal"}))
    assert week == Public(
        {("personal", "identity"): 400, ("post", "other"): None}, {"personal": 400, "post": None}, None
    )
