"""Booking's pages: what a mailed link opens."""
