"""Which record of a person counts, whatever order they come in."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from buergerbuero_contracts.people import PersonChange
from servicekit.people import latest

changes = st.lists(
    st.builds(
        PersonChange,
        st.integers(1, 3).map(lambda n: UUID(int=n)),
        st.just("booking"),
        st.integers(1, 2),
        st.integers(1, 4),
        st.none(),
    )
)


@given(changes, st.randoms(use_true_random=False))
def test_order_and_repeats_do_not_matter(found: list[PersonChange], dice: object) -> None:
    shuffled = [*found, *found]
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert latest(shuffled) == latest(found)


@given(changes)
def test_the_highest_revision_of_the_highest_epoch_counts(found: list[PersonChange]) -> None:
    for person_id, change in latest(found).items():
        mine = [(one.epoch, one.revision) for one in found if one.person_id == person_id]
        assert (change.epoch, change.revision) == max(mine)


def test_a_tombstone_of_a_new_epoch_wins_over_a_higher_revision_of_the_old_one() -> None:
    person_id = UUID(int=1)
    old, new = PersonChange(person_id, "booking", 1, 9, None), PersonChange(person_id, "booking", 2, 3, None)
    assert latest([old, new]) == latest([new, old]) == {person_id: new}
