"""The faults that a run may draw, in one table."""

from __future__ import annotations

from tests.chaos import broker_faults as b
from tests.chaos import faults as f
from tests.chaos import group_faults as g
from tests.chaos.faults import Fault

FAULTS: tuple[Fault, ...] = (
    Fault("F1 kill", f.kill),
    Fault("F1 fault point", f.die_at_point),
    Fault("F1 while asked", f.die_while_asked, always=True),
    Fault("F2 backend killed", f.kill_backend, breaks="postgres"),
    Fault("F3 database stopped", f.stop_database, breaks="postgres"),
    Fault("F7 broker killed", b.kill_broker, breaks="kafka"),
    Fault("F10 topic lost", b.lose_topic, breaks="kafka"),
    Fault("F12 broker silent", b.freeze_broker, breaks="kafka"),
    Fault("F14 frozen", f.freeze),
    Fault("F16 offsets to 0", g.offsets_to_zero, breaks="kafka"),
    Fault("F18 rebalance storm", g.storm, breaks="kafka"),
    Fault("F20 poison", b.poison, breaks="kafka"),
    Fault("F22 busy (421)", f.mail_fault("busy"), breaks="mail"),
    Fault("F22 refused (550)", f.mail_fault("hard"), breaks="mail"),
    Fault("F22 cut after the text", f.mail_fault("cut"), breaks="mail"),
    Fault("F22 slow", f.mail_fault("slow"), breaks="mail"),
)
