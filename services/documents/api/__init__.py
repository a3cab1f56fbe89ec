"""The JSON API of documents."""
