"""Run tests in environments other than `.venv`: the core alone, the oldest dependencies, or every Python found here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".environments"  # building the documentation empties .cache
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PYTEST = ("-m", "pytest", "-q", "-n", os.environ.get("JOBS", "2"), "tests")


def main(arguments: list[str]) -> int:
    """Run what is asked for; 0 if all of it passed."""
    match arguments:
        case ["core"]:
            return run("core", sys.executable, ["-e", "."], ["-m", "core"])
        case ["lowest"]:
            lowest = ["--resolution", "lowest-direct", "-e", ".[sklearn]"]
            return run("lowest", sys.executable, lowest, ["-m", "not slow", "--ignore=tests/house"])
        case ["pythons"]:
            found = interpreters()
            print(f"Found Python {', '.join(found)}.")
            return max(run(f"python-{name}", path, ["-e", "."], ["-m", "core"]) for name, path in found.items())
    print(__doc__)
    return 2


def run(name: str, python: str, what: list[str], tests: list[str]) -> int:
    """Make or renew one environment, and run tests in it."""
    folder = ENVIRONMENTS / name
    uv = [shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv"), "--quiet"]
    print(f"--- {name}", flush=True)
    subprocess.run([*uv, "venv", "--allow-existing", "--python", python, folder], cwd=ROOT, check=True)
    inside = folder / "bin" / "python"
    group = "smoke" if "core" in tests else "test"
    subprocess.run([*uv, "pip", "install", "--python", inside, *what, "--group", group], cwd=ROOT, check=True)
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run([inside, *PYTEST, *tests], cwd=ROOT, env={**os.environ, **single}, check=False).returncode


def interpreters() -> dict[str, str]:
    """Each supported version of Python that works on this machine, and where it is."""
    found: dict[str, str] = {}
    for version in PYTHONS:
        versions = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
        places = [f"python{version}", *map(str, versions)]
        for place in places:
            path = shutil.which(place)
            if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
                found[version] = path
                break
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
