"""Booking's read models."""

from services.booking.projections.appointments import APPOINTMENTS

__all__ = ["APPOINTMENTS"]
