"""All inputs of one stand-in: stanzas in inputs.conf and the processes they run in."""

import re
import threading
import time

from standin.errors import ArgumentsRefused, NotSupported, StandinError
from standin.home.layers import Confs, Stanza
from standin.home.tree import Home
from standin.index.indexer import Indexer, Piece
from standin.inputs import configuration
from standin.inputs.process import InputProcess, Launch
from standin.inputs.scheme import Scheme
from standin.inputs.script import Interpreter, Script, declared_kinds
from standin.inputs.stream import Sent
from standin.splunkd_log import SplunkdLog

_TRUE = ("1", "true", "t", "yes", "y")


class Inputs:
    """Creates, starts and stops modular inputs."""

    def __init__(
        self,
        home: Home,
        confs: Confs,
        interpreter: Interpreter,
        indexer: Indexer,
        log: SplunkdLog,
    ) -> None:
        self._home = home
        self._confs = confs
        self._interpreter = interpreter
        self._indexer = indexer
        self._log = log
        self._lock = threading.RLock()
        # Apart from _lock: threads of processes ask for schemes while a stop waits for them.
        self._scheme_lock = threading.Lock()
        self._schemes: dict[str, Scheme] = {}
        self._running: dict[str, InputProcess] = {}
        self._handed_out: dict[str, Stanza] = {}
        self.server = configuration.Server("", "", "")

    def kinds(self) -> dict[str, str]:
        """Kinds of input known, with their app."""
        return declared_kinds(self._home)

    def scheme(self, kind: str) -> Scheme:
        """The scheme of a kind; the program is asked once."""
        with self._scheme_lock:
            if kind not in self._schemes:
                self._schemes[kind] = Script(self._home, self._interpreter, kind).scheme()
            return self._schemes[kind]

    def validate(
        self, kind: str, name: str, arguments: dict[str, str], *, create: bool = True
    ) -> str | None:
        """What splunkd, or the app's own validation, has against these arguments, or None."""
        scheme = self.scheme(kind)
        complaint = scheme.complaint(arguments, create=create) or _interval_complaint(arguments)
        if complaint or not scheme.external_validation:
            return complaint
        stdin = configuration.validation_xml(
            self.server, self._home.checkpoints(kind), name, arguments
        )
        return Script(self._home, self._interpreter, kind).validate(stdin)

    def stanza(self, kind: str, name: str) -> Stanza | None:
        """The merged stanza of an input: its own settings over those of ``[kind]``."""
        found = self._confs.stanza("inputs", f"{kind}://{name}", inherit=False)
        if found is None:
            return None
        base = self._confs.stanza("inputs", kind)
        settings = base.settings if base else self._confs.defaults("inputs")
        settings = settings | found.settings
        if settings.get("host") == "$decideOnStartup":
            settings["host"] = self.server.host
        return Stanza(found.name, found.app, settings, found.exported)

    def names(self, kind: str) -> list[str]:
        """Names of the inputs of a kind."""
        prefix = f"{kind}://"
        return [
            name.removeprefix(prefix)
            for name in self._confs.stanzas("inputs")
            if name.startswith(prefix)
        ]

    def save(self, kind: str, name: str, arguments: dict[str, str]) -> None:
        """Validates arguments and writes them to the app's local/inputs.conf."""
        existing = self._confs.stanza("inputs", f"{kind}://{name}", inherit=False)
        settings = (existing.settings if existing else {}) | arguments
        complaint = self.validate(kind, name, settings, create=existing is None)
        if complaint is not None:
            raise ArgumentsRefused(complaint)
        self._confs.write(self.scheme(kind).app, "inputs", f"{kind}://{name}", arguments)

    def remove(self, kind: str, name: str) -> bool:
        """Stops an input and deletes its stanza; False when there is none to delete."""
        self.stop(kind, name)
        return self._confs.remove(self.scheme(kind).app, "inputs", f"{kind}://{name}")

    def start(self, kind: str, name: str) -> None:
        """Starts the process of an input, or starts it anew with the settings of now."""
        stanza = self.stanza(kind, name)
        if stanza is None:
            raise StandinError(f"there is no input {kind}://{name}")
        if stanza.settings.get("disabled", "0").lower() in _TRUE:
            return
        with self._lock:
            key = self._key(kind, name)
            self._halt(key)
            process = InputProcess(
                label=key,
                launch=lambda: self._launch(kind, name),
                interval=_interval(stanza.settings),
                take=lambda sent: self._take(kind, name, sent),
                log=self._log,
            )
            self._running[key] = process
            process.start()

    def stop(self, kind: str, name: str, grace: float = 10.0) -> None:
        """Stops the process of an input; one that serves other stanzas too starts anew."""
        with self._lock:
            key = self._key(kind, name)
            self._halt(key, grace)
            if key != kind:
                return
            others = [other for other in self._enabled(kind) if other != name]
        self._confs.write(self.scheme(kind).app, "inputs", f"{kind}://{name}", {"disabled": "1"})
        if others:
            self.start(kind, others[0])

    def start_enabled(self) -> None:
        """Starts every enabled input of inputs.conf that is not running."""
        for kind in self.kinds():
            for name in self._enabled(kind):
                if self.process(kind, name) is None:
                    self.start(kind, name)

    def reload(self) -> None:
        """Forgets the schemes: the programs may have changed."""
        with self._scheme_lock:
            self._schemes.clear()

    def process(self, kind: str, name: str) -> InputProcess | None:
        """The process of an input since it was last started."""
        with self._lock:
            return self._running.get(self._key(kind, name))

    def stop_all(self, grace: float) -> None:
        """Stops every process; all are asked before any is waited for."""
        with self._lock:
            processes = list(self._running.values())
            self._running.clear()
        for process in processes:
            process.ask_to_stop()
        deadline = time.monotonic() + grace
        for process in processes:
            process.stop(max(0.0, deadline - time.monotonic()))

    def _key(self, kind: str, name: str) -> str:
        return kind if self.scheme(kind).single_instance else f"{kind}://{name}"

    def _halt(self, key: str, grace: float = 10.0) -> None:
        process = self._running.pop(key, None)
        if process is not None:
            process.stop(grace)

    def _enabled(self, kind: str) -> list[str]:
        enabled = []
        for name in self.names(kind):
            stanza = self.stanza(kind, name)
            if stanza and stanza.settings.get("disabled", "0").lower() not in _TRUE:
                enabled.append(name)
        return enabled

    def _launch(self, kind: str, name: str) -> Launch:
        single = self.scheme(kind).single_instance
        found = [self.stanza(kind, each) for each in (self._enabled(kind) if single else [name])]
        stanzas = [each for each in found if each]
        # Events get the defaults of the stanza their process was started with.
        self._handed_out.update({each.name: each for each in stanzas})
        script = Script(self._home, self._interpreter, kind)
        stdin = configuration.run_xml(self.server, self._home.checkpoints(kind), stanzas)
        return Launch(
            self._interpreter.command(script.path), self._interpreter.environment(), stdin
        )

    def _take(self, kind: str, name: str, sent: list[Sent]) -> None:
        if sent:
            own = f"{kind}://{name}"
            labels = [each.stanza or own for each in sent]
            self._indexer.take(
                _piece(each, label, self._handed_out.get(label))
                for each, label in zip(sent, labels, strict=True)
            )


def _piece(sent: Sent, label: str, stanza: Stanza | None) -> Piece:
    settings = stanza.settings if stanza else {}
    kind = label.partition("://")[0]
    moment = sent.fields.get("time")
    return Piece(
        text=sent.fields.get("data", ""),
        time=float(moment) if moment else None,
        index=sent.fields.get("index") or settings.get("index", "default"),
        host=sent.fields.get("host") or settings.get("host", ""),
        source=sent.fields.get("source") or settings.get("source", label),
        sourcetype=sent.fields.get("sourcetype") or settings.get("sourcetype", kind),
    )


def _interval(settings: dict[str, str]) -> float:
    complaint = _interval_complaint(settings)
    if complaint:
        raise NotSupported(complaint)
    return float(settings.get("interval", "60"))


def _interval_complaint(settings: dict[str, str]) -> str | None:
    text = settings.get("interval", "60")
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return None
    return f"interval = {text!r}: the stand-in takes seconds only, no cron schedule"
