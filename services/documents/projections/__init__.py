"""Documents' read models."""

from services.documents.projections.documents import DOCUMENTS

__all__ = ["DOCUMENTS"]
