"""Documents' read models."""
