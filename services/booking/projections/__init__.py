"""Booking's read models."""

from services.booking.projections.appointments import APPOINTMENTS
from services.booking.projections.floor import FLOOR
from services.booking.projections.invitations import INVITATIONS
from services.booking.projections.wishes import WISHES

__all__ = ["APPOINTMENTS", "FLOOR", "INVITATIONS", "WISHES"]
