"""The script of a modular input: where it is, how it is asked."""

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from standin.errors import StandinError
from standin.home.tree import Home
from standin.inputs import scheme as schemes

_PATIENCE_S = 120


class Interpreter:
    """Python as splunkd would start it: an interpreter, Splunk's own modules, nothing else."""

    def __init__(self, home: Home, executable: str, python_path: list[Path]) -> None:
        self.executable = executable
        self._home = home
        stubs = Path(__file__).resolve().parent.parent / "stubs"
        self._python_path = ":".join(str(path) for path in [stubs, *python_path])

    def command(self, script: Path, *arguments: str) -> list[str]:
        """Command line that runs a script."""
        return [self.executable, "-s", str(script), *arguments]

    def environment(self) -> dict[str, str]:
        """Environment of that command."""
        return self._home.environment() | {"PYTHONPATH": self._python_path}


class Script:
    """A modular input's program in an app's ``bin``."""

    def __init__(self, home: Home, interpreter: Interpreter, kind: str) -> None:
        self.kind = kind
        self._interpreter = interpreter
        self.app = _app_of(home, kind)
        self.path = home.app(self.app) / "bin" / f"{kind}.py"
        if not self.path.is_file():
            raise StandinError(f"{self.app} declares the input {kind} but has no bin/{kind}.py")

    def scheme(self) -> schemes.Scheme:
        """Runs ``--scheme``."""
        done = self._ask("--scheme", b"")
        if done.returncode != 0:
            raise StandinError(
                f"Introspecting scheme={self.kind}: script running failed (exited "
                f"with code {done.returncode}): {_tail(done.stderr)}"
            )
        return schemes.parse(self.kind, self.app, done.stdout.decode())

    def validate(self, stdin: bytes) -> str | None:
        """Runs ``--validate-arguments``; returns the app's message, None when it accepts."""
        done = self._ask("--validate-arguments", stdin)
        if done.returncode == 0:
            return None
        try:
            root = ET.fromstring(done.stdout)  # noqa: S314  the app under test is trusted
        except ET.ParseError:
            raise StandinError(
                f"--validate-arguments of {self.kind} exited with code {done.returncode} and no "
                f"<error><message>: {_tail(done.stderr) or _tail(done.stdout)}"
            ) from None
        return root.findtext("message") or ""

    def _ask(self, what: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self._interpreter.command(self.path, what),
            input=stdin,
            capture_output=True,
            env=self._interpreter.environment(),
            cwd="/",
            timeout=_PATIENCE_S,
            check=False,
        )


def declared_kinds(home: Home) -> dict[str, str]:
    """Kinds of input that apps declare in README/inputs.conf.spec, with their app."""
    kinds = {}
    for app in home.enabled():
        spec = home.app(app) / "README" / "inputs.conf.spec"
        if not spec.is_file():
            continue
        for line in spec.read_text(encoding="utf-8").splitlines():
            if line.startswith("[") and "://" in line:
                kinds[line[1:].partition("://")[0]] = app
    return kinds


def _app_of(home: Home, kind: str) -> str:
    kinds = declared_kinds(home)
    if kind not in kinds:
        raise StandinError(
            f"no app declares [{kind}://<name>] in README/inputs.conf.spec, so "
            f"splunkd would not know this input; known: {sorted(kinds)}"
        )
    return kinds[kind]


def _tail(output: bytes) -> str:
    return " ".join(output.decode(errors="replace").split())[-600:]
