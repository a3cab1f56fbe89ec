"""`make replay`: recordings of real offices through log, relay, Kafka and reporting, compared to the unit.

Every figure is computed a second time straight from the file, by a script below ``checks/`` that
imports nothing of this project. Shown by ``tests/way/test_replay.py``.
"""
