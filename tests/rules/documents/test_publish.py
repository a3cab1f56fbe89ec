"""What leaves the service: every public event, to documents' topic."""

from buergerbuero_contracts import registry, topics
from services.documents.publish import PUBLISH


def test_every_public_event_has_the_topic_of_documents_and_a_key() -> None:
    public = registry.public("documents")
    assert set(PUBLISH) == {kind.__name__ for kind in public}
    assert set(PUBLISH.values()) == {topics.DOCUMENTS}
    assert all(kind.key for kind in public)
