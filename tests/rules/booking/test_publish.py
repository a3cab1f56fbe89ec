"""What leaves the service: every public event and nothing private; nobody's words in either."""

from typing import get_args

from buergerbuero_contracts import registry, topics
from buergerbuero_contracts.envelope import Value
from services.booking.administration import DECIDERS
from services.booking.publish import PUBLISH
from services.booking.rules.events import PRIVATE


def test_every_public_event_has_bookings_topic_and_a_key() -> None:
    public = registry.public("booking")
    assert set(PUBLISH) == {kind.__name__ for kind in public}
    assert set(PUBLISH.values()) == {topics.BOOKING}
    assert all(kind.key for kind in public)


def test_no_private_event_is_published_or_known_to_the_registry() -> None:
    for kind in PRIVATE:
        assert kind.__name__ not in PUBLISH
        assert kind.__name__ not in registry.EVENTS
        assert kind.category in DECIDERS
        assert not kind.key


def test_private_events_have_no_field_for_free_text() -> None:
    def texts(model: type[Value]) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            kinds = [field.annotation, *get_args(field.annotation)]
            constrained = any(getattr(part, "pattern", None) for part in field.metadata)
            found += [name for kind in kinds if kind is str and not constrained]
            found += [
                f"{name}.{inner}"
                for kind in kinds
                if isinstance(kind, type) and issubclass(kind, Value)
                for inner in texts(kind)
            ]
        return found

    assert {kind.__name__: texts(kind) for kind in PRIVATE if texts(kind)} == {}  # type: ignore[arg-type]
