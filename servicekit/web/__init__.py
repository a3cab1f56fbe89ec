"""What pages and problem answers share: layout, macros, texts of refusals, CSRF, static files."""
