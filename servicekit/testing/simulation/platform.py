"""Processes of the platform and the people outside: who is started again, who asks whom, and what was said.

Promises: a process that dies is started again after a while, as a supervisor would; a call that gets no
answer is ``info`` and says nothing; each call stands in ``history`` with the moments of question and answer.
Shown by ``tests/simulation``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid5

from servicekit.decider import Refused
from servicekit.log import Actor, Busy, Context, EventTypes
from servicekit.postgres import UNREACHABLE

from .connections import MemoryPool, connect, transactions
from .database import STEP, Server
from .faults import Fault, Faults
from .log_tables import LogTables, Stored
from .loop import Process, SimulatedLoop, WorldClock
from .people_tables import PeopleTables
from .reader_tables import ReaderTables
from .story import Story
from .topics import Cluster

PATIENCE = 3.0
"""Seconds for which a client waits for an answer."""
MEETS = 1.0
"""Seconds after its start within which a process meets the database's clock."""
NETWORK = 0.005
NEAR = (0.3, 0.75, 0.9)
"""How many messages between a service and its database take no time: one for each run and service. Where
all of them do, others get a word in at every statement, and a run costs a third more."""
OK, FAIL, INFO = "ok", "fail", "info"
Execute = Callable[[Any, Context], Awaitable[Any]]


@dataclass(eq=False)
class Call:
    """One command of somebody outside, with all its tries. Moments are loop steps, which never repeat."""

    number: int
    service: str
    command: Any
    command_id: UUID
    asked: int
    answered: int = 0
    outcome: str = INFO
    doubtful: bool = False
    """Some try had no answer: it may still take effect, whatever a later one was told that led to nothing."""
    code: str = ""
    events: tuple[Any, ...] = ()


@dataclass(eq=False)
class Side:
    """One service: its server, its tables, and its ways in."""

    name: str
    server: Server
    log: LogTables
    readers: ReaderTables
    people: PeopleTables
    types: EventTypes = EventTypes(())  # noqa: RUF009 - it is never changed
    doors: list[tuple[Process, Execute, Callable[[], datetime]]] = field(default_factory=list)

    misled: bool = False
    """A process met the database's clock first when it was wrong: it cannot know that, and its timers run."""

    def decode(self, row: Stored) -> Any:
        """A stored event."""
        return self.types.decode(row.type, row.schema_version, row.data)

    async def connect(self, settings: Mapping[str, str] | None = None) -> Any:
        """A connection for the calling process."""
        return await connect(self.server, settings)

    @property
    def pool(self) -> Any:
        """A pool for the calling process."""
        return MemoryPool(self.server)


Main = Callable[[Process], Awaitable[None]]


@dataclass(eq=False)
class Role:
    """One process that is always started again."""

    name: str
    main: Main
    steps: int = 0
    faults: list[Fault] = field(default_factory=list)


class Platform:
    """Everything of one run."""

    def __init__(
        self, seed: int, begin: datetime, faults: Iterable[Fault], partitions: Mapping[str, int]
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - a repeatable story, no secret
        self.loop = SimulatedLoop(self.random)
        self.clock = WorldClock(self.loop, begin)
        self.story = Story(self.loop)
        planned = tuple(faults)
        self.faults = Faults(planned)
        self._of_roles = [one for one in planned if one.kind in ("kill", "freeze", "clock wrong")]
        self.cluster = Cluster(self.loop, self.story, self.faults, partitions)
        self.sides: dict[str, Side] = {}
        self.history: list[Call] = []
        self.wrong: list[str] = []
        self.loop.died = self._died
        self._numbers = 0
        self._processes: dict[str, Process] = {}
        self._begun: dict[str, float] = {}

    def add_side(self, name: str) -> Side:
        """A service without processes so far."""
        clock = WorldClock(self.loop, self.clock.begin)
        server = Server(self.loop, clock, self.story, self.faults, name)
        server.start_anew = lambda: self._kill_all(name)
        server.stepped = lambda: self._mislead(name)
        server.near = self.random.choice(NEAR)
        log = LogTables(server)
        readers = ReaderTables(log)
        people = PeopleTables(log)
        tables = (log, readers, people)
        server.statements |= {
            **transactions(),
            **{sql: do for one in tables for sql, do in one.statements().items()},
        }
        self.sides[name] = Side(name, server, log, readers, people)
        return self.sides[name]

    # --- processes

    def add_role(self, name: str, main: Main) -> None:
        """Start a process, and again whenever it ends."""
        faults = sorted((one for one in self._of_roles if one.place == name), key=lambda one: one.nth)
        self._start(Role(name, main, faults=faults))

    def _start(self, role: Role) -> None:
        process = Process(role.name, self.loop, steps=role.steps)
        process.fault = lambda _process: self._strike(role, process)
        self._next_fault(role, process)
        self._processes[role.name] = process
        side = self.sides[role.name.partition("-")[0]]
        self._begun[role.name] = self.loop.now
        side.misled |= abs(side.server.clock.added) > STEP
        process.on_kill.append(lambda: self._ended(role, process))
        self.story.tell("starts", role.name)
        process.start(self._whole(role, process))

    def _mislead(self, service: str) -> None:
        began = (at for name, at in self._begun.items() if name.partition("-")[0] == service)
        self.sides[service].misled |= any(self.loop.now - at < MEETS for at in began)

    def _kill_all(self, service: str) -> None:
        for name, process in self._processes.items():
            if name.partition("-")[0] == service:
                process.kill()

    async def _whole(self, role: Role, process: Process) -> None:
        await role.main(process)
        raise RuntimeError(f"{role.name} has nothing to do any more")

    def _next_fault(self, role: Role, process: Process) -> None:
        while role.faults and role.faults[0].nth <= process.steps:
            role.faults.pop(0)
        process.fault_at = role.faults[0].nth if role.faults else 0

    def _strike(self, role: Role, process: Process) -> None:
        fault = role.faults.pop(0)
        self.story.tell(fault.kind, role.name)
        if fault.kind == "kill":
            process.kill()
        elif fault.kind == "freeze":
            process.freeze(fault.more)
        else:
            process.astray += fault.more
        self._next_fault(role, process)

    def _ended(self, role: Role, process: Process) -> None:
        role.steps = process.steps
        for side in self.sides.values():
            side.doors = [door for door in side.doors if door[0] is not process]
        delay = self.random.choice((0.01, 0.1, 0.6))
        self.loop.call_later(delay, self._start, role, context=self.loop.nobody)

    def _died(self, process: Process, error: BaseException) -> None:
        if isinstance(error, UNREACHABLE):  # at its start: the database was away
            self.story.tell("ended", process.name, type(error).__name__)
            return
        self.wrong.append(f"{process.name} ended with {error!r}")
        self.story.tell("ended", process.name, repr(error))

    # --- people

    async def ask(
        self, service: str, command: Any, by: str = "citizen", *, tries: int = 12, name: object = None
    ) -> Call:
        """Ask until there is an answer, with one command id; after ``tries`` it stays unknown."""
        self._numbers += 1
        number = self._numbers
        command_id = uuid5(UUID(int=0), f"call {number if name is None else name}")
        call = Call(number, service, command, command_id, self.loop.steps)
        self.history.append(call)
        self.story.tell("asks", number, command_id, command)
        for _ in range(tries):
            call.outcome = await self._try(call, Actor(by, by))
            call.answered = self.loop.steps
            self.story.tell(call.outcome, number, call.code, *(type(one).__name__ for one in call.events))
            if call.outcome != INFO:
                break
            call.doubtful = True
            await asyncio.sleep(self.random.random() * 0.4)
        return call

    async def _try(self, call: Call, actor: Actor) -> str:
        await asyncio.sleep(self.random.random() * NETWORK)
        doors = self.sides[call.service].doors
        if not doors:
            return INFO
        process, execute, now = self.random.choice(doors)
        answer: asyncio.Future[tuple[str, str, tuple[Any, ...]]] = self.loop.create_future()

        def hung_up() -> None:
            if not answer.done():
                answer.set_result((INFO, "connection reset", ()))

        process.on_kill.append(hung_up)
        process.start(self._serve(call, actor, execute, now, answer))
        try:
            outcome, call.code, call.events = await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            return INFO
        await asyncio.sleep(self.random.random() * NETWORK)
        if self.faults.strikes("reply lost", call.service):
            self.story.tell("reply lost", call.number)
            return INFO
        return outcome

    async def _serve(
        self,
        call: Call,
        actor: Actor,
        execute: Execute,
        now: Callable[[], datetime],
        answer: asyncio.Future[tuple[str, str, tuple[Any, ...]]],
    ) -> None:
        """What the api does with a call: a refusal is a word, no answer from below is none."""
        context = Context(call.command_id, now(), actor, call.command_id)
        try:
            outcome = await execute(call.command, context)
            told = (OK, "", tuple(event for _stream, event in outcome.events))
        except Refused as refused:
            told = (FAIL, refused.code, ())
        except (Busy, *UNREACHABLE) as error:
            told = (INFO, type(error).__name__, ())
        except Exception as error:  # a fault of ours: HTTP 500
            self.wrong.append(f"500 for {type(call.command).__name__}: {error!r}")
            told = (INFO, "500", ())
        if not answer.done():
            answer.set_result(told)
