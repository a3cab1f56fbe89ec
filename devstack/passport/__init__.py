"""One passport's way through the running platform, told step by step: ``make passport``."""
