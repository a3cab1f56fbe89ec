"""Connections: durable servers only, time limits, keepalives."""

from __future__ import annotations

import pytest

from servicekit.postgres import NotDurable, connect, require_durable
from tests.conftest import Databases


async def test_a_server_that_may_lose_commits_is_refused_by_name(database: Databases) -> None:
    connection = await connect(database("booking").app_url, application="test")
    try:
        with pytest.raises(NotDurable, match="fsync"):
            await require_durable(connection)  # the tests' own server is made forgetful
    finally:
        await connection.close()


async def test_every_connection_has_limits_and_keepalives(database: Databases) -> None:
    connection = await connect(database("booking").app_url, application="looking", settings={"jit": "off"})
    try:
        settings = {
            name: await connection.fetchval("SELECT current_setting($1)", name)
            for name in ("application_name", "lock_timeout", "tcp_keepalives_idle", "jit", "timezone")
        }
    finally:
        await connection.close()
    assert settings == {
        "application_name": "looking",
        "lock_timeout": "5s",
        "tcp_keepalives_idle": "30",
        "jit": "off",
        "timezone": "UTC",
    }
