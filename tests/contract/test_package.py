"""The package stands alone: other teams install it with pydantic and nothing else of ours."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
PACKAGE = CONTRACTS / "buergerbuero_contracts"
ALLOWED = {
    "buergerbuero_contracts",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_extensions",
    "typing_inspection",
}
MODULES = sorted(
    ".".join(path.relative_to(CONTRACTS).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)
LOOK = """
import sys
before = set(sys.modules)
for name in sys.argv[1:]:
    __import__(name)
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""


def test_it_imports_pydantic_and_the_standard_library_only() -> None:
    command = [sys.executable, "-P", "-c", LOOK, *MODULES]
    env = {"PYTHONPATH": str(CONTRACTS)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    found = {name for name in done.stdout.split() if not name.startswith("_sysconfigdata")}
    assert found - set(sys.stdlib_module_names) <= ALLOWED


def test_its_metadata_names_every_part() -> None:
    project = tomllib.loads((CONTRACTS / "pyproject.toml").read_text("utf-8"))
    parts = {
        str(path.parent.relative_to(CONTRACTS)).replace("/", ".") for path in PACKAGE.rglob("__init__.py")
    }
    data = {"buergerbuero_contracts.schemas", "buergerbuero_contracts.samples"}
    assert set(project["tool"]["setuptools"]["packages"]) == parts | data
    assert [one.split(">")[0] for one in project["project"]["dependencies"]] == ["pydantic"]
    assert (PACKAGE / "py.typed").exists()


def test_the_version_is_a_release() -> None:
    version = tomllib.loads((CONTRACTS / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert (CONTRACTS / "released" / f"{version}.json").exists()
