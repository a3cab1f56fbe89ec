"""``python -m devstack COMMAND``; ``python -m devstack --help`` lists the commands."""

from __future__ import annotations

import argparse
import sys

from devstack import commands
from devstack.stack import EVERYTHING


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m devstack", description="The local platform.")
    sub = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        one = sub.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        return one

    up = command("up", commands.up, "start everything and watch it; Ctrl-C stops it")
    up.add_argument("--only", default=",".join(sorted(EVERYTHING)), help="such as postgres,kafka")
    up.add_argument("--split", action="store_true", help="one process per role")
    up.add_argument("--detach", action="store_true", help="go on in the background")
    up.add_argument("--quiet", action="store_true", help="do not show the services' log lines")
    command("status", commands.status, "what runs, and where")
    logs = command("logs", commands.logs, "show and follow the log files")
    logs.add_argument("names", nargs="*", help="such as booking; all by default")
    logs.add_argument("--no-follow", action="store_true", help="end at the end of the files")
    command("down", commands.down, "stop everything in order")
    command("reset", commands.reset, "forget all data; refuses while the platform runs")
    command("doctor", commands.doctor, "say what this machine has and lacks")
    command("topics", commands.topics, "create the topics that are missing, list all")
    url = command("url", commands.url, "print a database's URL")
    url.add_argument("service")
    url.add_argument("--owner", action="store_true", help="as the role that owns the tables")
    env = command("env", commands.env, "print a service's environment")
    env.add_argument("service")
    run = command("exec", commands.execute, "run `python -m services.SERVICE …` in its environment")
    run.add_argument("service")
    run.add_argument("words", nargs=argparse.REMAINDER)
    command("verify", commands.verify, "count every log: positions without holes")
    clock = command("clock", commands.clock, "set the platform's clock; it only moves forward")
    clock.add_argument("instant", help="RFC 3339 with offset, or `real`")
    return top


def main() -> int:
    """Run one command; its exit code."""
    arguments = parser().parse_args()
    code: int = arguments.run(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
