"""Run public FortiManager clients, unmodified, against the simulator.

    python tests/clients/run.py [client …]

Each client lives in an environment of its own under ``.cache/clients``, made on first use. For each
there is a script in ``scripts/`` that does what its recorded requests did. TLS is verified with the
simulator's CA. The last line is ``N passed, N failed``; the exit code is 1 when anything failed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ROOT / ".cache" / "clients"
sys.path.insert(0, str(ROOT))

from simulator.control import Running, running  # noqa: E402


@dataclass(frozen=True)
class Client:
    """``package``: what pip installs; ``version``: of the FortiManager it is run against."""

    name: str
    package: str
    version: str = "7.4.5"

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / self.name

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


CLIENTS = (
    Client("pyfmg", "pyfmg==0.8.6.3"),
    Client("pyfortimanager", "pyfortimanager==2.3.2"),
    Client("fotoobo", "fotoobo==3.1.4"),
    Client("pyfortimanagerapi", "pyFortiManagerAPI==0.2.3"),
    Client("pyfortinet", "pyfortinet==0.0.1.post2"),
    Client("hfortix", "hfortix-fortimanager==0.1.1", version="7.6.6"),
    Client("ansible", "ansible==12.3.0", version="7.6.4"),
)


def main(names: list[str]) -> int:
    unknown = set(names) - {client.name for client in CLIENTS}
    if unknown:
        print(f"There is no client {', '.join(sorted(unknown))}.", file=sys.stderr)
        return 2
    passed = failed = 0
    for client in CLIENTS:
        if names and client.name not in names:
            continue
        print(f"\n{client.package}", flush=True)
        lines = _steps(client)
        for line in lines:
            print("  " + line, flush=True)
        passed += sum(line.startswith("ok ") for line in lines)
        failed += sum(line.startswith("FAILED ") for line in lines)
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def _steps(client: Client) -> list[str]:
    """What the client's script reports, and what the simulator saw of it."""
    problem = _prepared(client)
    if problem:
        return [f"FAILED to install: {problem}"]
    options: dict[str, Any] = {"version": client.version, "task_seconds": 0.2}
    with (
        running(scenario="branch", **options) as plain,
        running(scenario="branch", workspace_mode="normal", **options) as workspace,
    ):
        lines = _run(client, plain, workspace)
        for sim in (plain, workspace):
            lines += _seen(sim)
    return lines


def _prepared(client: Client) -> str:
    """Make the client's environment unless it is there; what went wrong."""
    done = client.folder / ".installed"
    if done.is_file() and done.read_text() == client.package:
        return ""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(client.folder)],
        [str(client.python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
         client.package],
    ):  # fmt: skip
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            return ended.stderr.strip().splitlines()[-1]
    done.write_text(client.package)
    return ""


def _run(client: Client, plain: Running, workspace: Running) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="client-") as home:
        facts = {"plain": _facts(plain), "workspace": _facts(workspace), "folder": home}
        bundle = Path(home) / "cas.pem"
        bundle.write_text(Path(plain.ca).read_text() + Path(workspace.ca).read_text())
        names = ("LANG", "LC_ALL")
        environment = {name: os.environ[name] for name in names if name in os.environ}
        environment |= {
            "HOME": home,
            "PATH": f"{client.python.parent}:/usr/bin:/bin",
            "REQUESTS_CA_BUNDLE": str(bundle),
            "SSL_CERT_FILE": str(bundle),
            "SIMULATOR": json.dumps(facts),
            "LC_ALL": "C.UTF-8",
        }
        script = HERE / "scripts" / f"{client.name}_steps.py"
        try:
            ended = subprocess.run(
                [str(client.python), str(script)],
                cwd=home, env=environment, capture_output=True, text=True, timeout=600,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return ["FAILED to end within 600 seconds"]
    lines = [one for one in ended.stdout.splitlines() if one.startswith(("ok ", "FAILED "))]
    if ended.returncode or not lines:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        lines.append(f"FAILED to run: exit code {ended.returncode}: {said[-1] if said else ''}")
    return lines


def _facts(sim: Running) -> dict[str, str]:
    host = sim.url.removeprefix("https://")
    return {
        "url": sim.url, "host": host, "port": host.rsplit(":", 1)[1], "user": sim.user,
        "password": sim.password, "token": sim.token, "ca": sim.ca,
    }  # fmt: skip


def _seen(sim: Running) -> list[str]:
    """Nothing the simulator did not know, and no session left open."""
    unknown, stats = sim.side("/unknown")["unknown"], sim.side("/stats")
    lines = []
    if unknown:
        lines.append(f"FAILED every url was known: {', '.join(unknown)}")
    elif stats["requests"]:
        lines.append("ok every url was known")
    if stats["sessions_open"]:
        lines.append(f"FAILED no session is left: {stats['sessions_open']} are")
    elif stats["logins"]:
        lines.append(f"ok no session is left of {stats['logins']}")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
