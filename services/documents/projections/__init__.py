"""Documents' read models."""

from services.documents.projections.deliveries import DELIVERIES
from services.documents.projections.documents import DOCUMENTS
from services.documents.projections.items import ITEMS

__all__ = ["DELIVERIES", "DOCUMENTS", "ITEMS"]
