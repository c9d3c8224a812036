"""checkov, in an environment of its own under .local/: it wants other versions of what we use."""

import hashlib
import json
import os
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKED = ROOT / "requirements/checkov.txt"


def find(home: Path) -> Path | None:
    """Where ``checkov`` is, installed as it is locked if need be; None where it cannot be had."""
    program, stamp = home / "bin/checkov", home / "installed"
    digest = hashlib.sha256(LOCKED.read_bytes()).hexdigest()
    if program.exists() and stamp.exists() and stamp.read_text() == digest:
        return program
    venv.create(home, clear=True, with_pip=True)
    command = [home / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run([*command, "-r", LOCKED], capture_output=True, timeout=600, check=False)
    if done.returncode:
        return None
    stamp.write_text(digest)
    return program


def findings(folder: Path) -> set[tuple[str, str]]:
    """(check, resource) of whatever checkov finds in the YAML files of ``folder``, nothing skipped, offline."""
    program = find(ROOT / ".local/checkov")
    if program is None:
        assert "CI" not in os.environ, "checkov could not be had, and CI must not go without it"
        pytest.skip("checkov cannot be installed here")
    command = [program, "--directory", folder, "--framework", "kubernetes", "--skip-download", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["summary"]["parsing_errors"] == 0
    assert said["summary"]["passed"] > 100
    return {(found["check_id"], found["resource"]) for found in said["results"]["failed_checks"]}


if __name__ == "__main__":  # installed before the tests, whose deadlines a slow download would break
    print(find(ROOT / ".local/checkov") or "checkov cannot be installed here")
