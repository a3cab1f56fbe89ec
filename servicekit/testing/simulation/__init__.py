"""The whole platform in one thread, on one seed: real roles on simulated surroundings.

What runs is the code of production: committer, handler, relay, projector, reactor, feeds, timers, with a
service's own rules. What is simulated lies behind the seams that they have anyway: the event loop and the
clock (``loop.py``), PostgreSQL behind ``connect`` and the pool (``database.py`` and the three files of
tables), Kafka behind ``Wire``, the broker and a rebuild's reader (``topics.py``, ``groups.py``, ``past.py``).
``faults.py`` says what may go wrong and when, ``story.py`` keeps what happened, ``checks.py`` judges it.

Promises: a run is a pure function of its plan, so a seed that fails fails again; nothing sleeps.
Shown by ``tests/simulation``.
"""
