"""The faults that a run may draw, in one table, and how many brokers it has."""

from __future__ import annotations

from tests.chaos import broker_faults as b
from tests.chaos import clock_faults as c
from tests.chaos import faults as f
from tests.chaos import group_faults as g
from tests.chaos import line_faults as line
from tests.chaos.faults import Fault

FAULTS: tuple[Fault, ...] = (
    Fault("F1 kill", f.kill),
    Fault("F1 fault point", f.die_at_point),
    Fault("F1 while asked", f.die_while_asked, always=True),
    Fault("F2 backend killed", f.kill_backend, breaks="postgres"),
    Fault("F3 database stopped", f.stop_database, breaks="postgres"),
    Fault("F7 broker killed", b.kill_broker, breaks="kafka"),
    Fault("F10 topic lost", b.lose_topic, breaks="kafka"),
    Fault("F11 cut from the database", line.cut(line.DATABASE, one_way=False), breaks="database lines"),
    Fault("F11 cut one way", line.cut(line.DATABASE, one_way=True), breaks="database lines"),
    Fault("F11 connections reset", line.break_off(line.DATABASE), breaks="database lines"),
    Fault("F12 broker silent", b.freeze_broker, breaks="kafka"),
    Fault("F12 cut from the broker", line.cut(line.BROKER, one_way=False), breaks="broker lines"),
    Fault("F12 cut one way", line.cut(line.BROKER, one_way=True), breaks="broker lines"),
    Fault("F12 connections reset", line.break_off(line.BROKER), breaks="broker lines"),
    Fault("F14 frozen", f.freeze),
    Fault("F16 offsets to 0", g.offsets_to_zero, breaks="kafka"),
    Fault("F18 rebalance storm", g.storm, breaks="kafka"),
    Fault("F20 poison", b.poison, breaks="kafka"),
    Fault("F22 busy (421)", f.mail_fault("busy"), breaks="mail"),
    Fault("F22 refused (550)", f.mail_fault("hard"), breaks="mail"),
    Fault("F22 cut after the text", f.mail_fault("cut"), breaks="mail"),
    Fault("F22 slow", f.mail_fault("slow"), breaks="mail"),
    Fault("F23 wrong clock", c.wrong_clock),
)
THREE: tuple[Fault, ...] = (
    *(one for one in FAULTS if one.name != "F7 broker killed"),
    Fault("F8 one of three killed", b.kill_broker, breaks="kafka", always=True),
    Fault("F8 restart loop of one", b.restart_loop, breaks="kafka", always=True),
    Fault("F8 two of three down", b.two_brokers_down, breaks="kafka", always=True),
)
"""What a run on three brokers may draw; it is made for the faults of several brokers and has all of them."""
EVERY = 4
"""Of so many seeds in a row one is a run on three brokers: three JVMs cost processor time and memory."""


def faults_of(seed: int) -> tuple[int, tuple[Fault, ...]]:
    """How many brokers a seed has, and what may be drawn on them."""
    return (3, THREE) if seed % EVERY == EVERY - 1 else (1, FAULTS)
