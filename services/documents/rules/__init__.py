"""The rules of documents: pure deciders. No clock, no chance, no I/O."""
