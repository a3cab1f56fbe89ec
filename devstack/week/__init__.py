"""Simulated weeks through the real pages and mails, every weekly figure checked: ``make week``."""
