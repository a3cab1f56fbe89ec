"""Seeds to plans: who does what and what goes wrong, drawn before anything runs.

Any deed or fault can be left out and the rest keeps its meaning, so a failing plan can be made shorter.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from servicekit.testing.simulation.faults import Fault
from tests.simulation.citizens import ACTS

ROLES = ("api", "relay", "project", "timers")
FRESH = 0.12
"""How many runs begin before the relay has sent anything: the others need not hear of the past first."""
REBUILD = "rebuild"
"""The deed of whoever keeps the platform running: a ledger is filled anew beside the running one."""
MAIL = 0.3
"""How many runs send mails and tell of people: a third service costs half as much again."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of somebody, from a moment on."""

    name: str
    number: int
    after: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before it runs."""

    seed: int
    deeds: tuple[Deed, ...]
    faults: tuple[Fault, ...]
    fresh: bool = True
    """Whether the relay has sent nothing yet and nobody has heard of anything."""
    mail: bool = False
    """Whether mails are sent, to people of whom their owners tell."""


def planned(seed: int) -> Plan:
    """The plan of a seed."""
    draw = Random(seed)  # noqa: S311 - a repeatable story, no secret
    names, weights = (*ACTS, REBUILD), (*(weight for weight, _act in ACTS.values()), 1)
    chosen = draw.choices(names, weights, k=draw.choice((1, 2, 2, 3, 4, 6)))
    deeds = tuple(Deed(name, draw.getrandbits(32), draw.random() * 1.0) for name in chosen)
    faults = tuple(_fault(draw) for _ in range(draw.choice((0, 1, 2, 4, 8, 12))))
    return Plan(seed, deeds, faults, fresh=draw.random() < FRESH, mail=draw.random() < MAIL)


def death(role: str, step: int) -> Plan:
    """A role dies before its callback of this number, and nothing else goes wrong: no await is left out."""
    return Plan(step, (), (Fault("kill", role, step),))


def _fault(draw: Random) -> Fault:
    match draw.randrange(17):
        case 0 | 1 | 2 | 3:
            return Fault("kill", _role(draw), _often(draw, 500))
        case 4:
            return Fault("freeze", _role(draw), _often(draw, 500), draw.choice((0.3, 1.5, 6.0)))
        case 5 | 6:
            return Fault("answer lost", draw.choice(SERVICES), _often(draw, 1500))
        case 7:
            kind, most = draw.choice((("request lost", 1500), ("append lost", 12)))
            return Fault(kind, draw.choice(SERVICES), _often(draw, most))
        case 8:
            kind = draw.choice(("batch refused", "batch late", "acknowledgement lost"))
            return Fault(kind, "kafka", _often(draw, 40))
        case 9:
            return Fault("reply lost", draw.choice(SERVICES), _often(draw, 30))
        case 10:
            return Fault("commit lost", draw.choice(GROUPS), _often(draw, 20))
        case 11:
            return Fault("power cut", draw.choice(ALL), _often(draw, 40))
        case 12:
            return Fault("tail lost", "kafka", _often(draw, 40), draw.choice((0.0, 0.5, 0.9)))
        case 13:
            kind = draw.choice(("mail deferred", "mail server away", "mail in doubt"))
            return Fault(kind, "mail", _often(draw, 4))
        case 14:
            return Fault(
                "clock wrong", _role(draw), _often(draw, 500), draw.choice((-86400, -3600, 3600, 86400))
            )
        case 15:
            return Fault("clock steps", draw.choice(ALL), _often(draw, 20), draw.choice(STEPS))
        case _:
            return Fault("read again", draw.choice(GROUPS), _often(draw, 20), draw.random())


STEPS = (-86400, -3600, -30, 30, 90, 3600, 86400)
"""Seconds by which a database's clock may step."""
SERVICES = ("booking", "documents")
ALL = (*SERVICES, *SERVICES, "notification")
GROUPS = (
    "booking.ledger.v1",
    "booking.reactions.booking.v1",
    "booking.reactions.documents.v1",
    "booking.invitations.v1",
    "documents.ledger.v1",
    "documents.reactions.booking.v1",
    "notification.reactions.booking.v1",
    "documents.people.v1",
    "notification.people.v1",
)


FAULTS = (
    "kill", "freeze", "answer lost", "request lost", "append lost", "batch refused", "batch late",
    "acknowledgement lost", "reply lost", "commit lost", "power cut", "tail lost", "mail deferred",
    "mail server away", "mail in doubt", "clock wrong", "clock steps", "read again",
)  # fmt: skip
"""What a plan may hold."""


def _role(draw: Random) -> str:
    return f"{draw.choice(ALL)}-{draw.choice(ROLES)}-{draw.choice((1, 1, 2))}"


def _often(draw: Random, most: int) -> int:
    """Early more often than late."""
    return 1 + int(most * draw.random() ** 2)
