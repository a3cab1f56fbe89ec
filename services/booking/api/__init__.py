"""Booking's JSON API: request → command → answer. One file per part, tables of routes in ``routes.py``."""
