"""The rules of booking: pure deciders. No clock, no chance, no I/O."""
