"""``python -m simulator``: run a FortiManager on 127.0.0.1 until told to stop."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from simulator.faults import Faults
from simulator.rpc import Rpc
from simulator.scenarios import SCENARIOS, build
from simulator.server.doors import Doors
from simulator.server.fault_doors import FaultDoors, follow, read_timetable
from simulator.server.host import Host, context
from simulator.server.https import Face, Latency
from simulator.server.side_door import SideDoor
from simulator.server.statistics import Statistics
from simulator.sessions import Limits, Sessions
from simulator.state.fortimanager import FortiManager
from simulator.versions import Version

USER, PASSWORD, TOKEN = "api_reader", "Sim-pass-1", "simtoken-7f3a9c51d2e84b60"


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    add = parser.add_argument
    add("--scenario", default="branch", help=f"one of {', '.join(SCENARIOS)}")
    add("--port", type=int, default=0, help="0 = any free one")
    add("--latency-ms", type=float, default=0.0, help="what each request costs")
    add("--latency-per-url-ms", type=float, default=0.0, help="and each url in it")
    add("--seed", type=int, default=1, help="same seed, same state")
    add("--version", default="7.4.5", help="FortiManager version, 6.4 to 8.0")
    add("--idle-timeout", type=float, default=900.0, help="seconds an unused session lives")
    add("--login-max", type=int, default=32, help="sessions one user may have")
    add("--login-max-code", type=int, default=-22, help="what one session too many is answered")
    add("--task-seconds", type=float, default=2.0, help="how long a task takes")
    add("--workspace-mode", default="disabled", choices=("disabled", "normal", "workflow"))
    add("--faults", default="", metavar="FILE", help="a timetable of side-door calls")
    add("--ha", action="store_true", help="a second address that /failover switches to")
    add("--certificate-days", type=int, default=30, help="negative: expired already")
    add("--clock-offset", type=float, default=0.0, help="seconds FortiManager's clock is ahead")
    add("--cert-dir", default="", help="where the CA and certificate go; default: temporary")
    add("--devices", type=int, help="devices of a company scenario")
    add("--adoms", type=int, help="ADOMs of a company scenario")
    add("--policies", type=int, help="policies per package of a company scenario")
    add("--until-stdin-closes", action="store_true", help="end when stdin is closed")
    add("--log-level", default="WARNING")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> int:
    given = _arguments(argv)
    logging.basicConfig(stream=sys.stderr, level=given.log_level.upper(), format="%(message)s")
    if given.scenario not in SCENARIOS:
        print(f"There is no scenario {given.scenario!r}: {', '.join(SCENARIOS)}.", file=sys.stderr)
        return 2
    try:
        version = Version.parse(given.version)
    except ValueError as error:
        print(f"--version: {error}.", file=sys.stderr)
        return 2
    try:
        given.timetable = read_timetable(given.faults) if given.faults else []
    except ValueError as error:
        print(f"--faults: {error}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="simulator-") as temporary:
        return _serve(given, version, Path(given.cert_dir or temporary))


def _serve(given: argparse.Namespace, version: Version, folder: Path) -> int:
    fm = _fortimanager(given, version)
    limits = Limits(given.idle_timeout, given.login_max, given.login_max_code)
    sessions = Sessions({USER: PASSWORD}, {TOKEN: USER}, limits, given.seed)
    faults, statistics = Faults(given.seed), Statistics(sessions)
    latency = Latency(given.latency_ms / 1000, given.latency_per_url_ms / 1000)
    rpc = Rpc(fm, sessions, faults)
    doors = {**Doors(fm, statistics).table(), **FaultDoors(rpc).table()}
    face = Face(rpc, statistics, latency, faults, context(), doors)
    ports = [given.port, 0] if given.ha else [given.port]
    try:
        host = Host(face, folder, ports, given.certificate_days)
    except OSError as error:
        print(
            f"Port {given.port} cannot be used ({error.strerror}): choose another, or 0 for any.",
            file=sys.stderr,
        )
        return 2
    doors.update(host.doors())
    if given.clock_offset:
        host.clock({"offset": given.clock_offset})
    return _run(given, host, SideDoor(doors))


def _fortimanager(given: argparse.Namespace, version: Version) -> FortiManager:
    sizes = {name: getattr(given, name) for name in ("devices", "adoms", "policies")}
    sizes = {name: value for name, value in sizes.items() if value is not None}
    gc.disable()
    fm = build(given.scenario, version, given.seed, **sizes)
    gc.enable()
    gc.freeze()
    fm.task_seconds = given.task_seconds
    fm.workspace_mode = given.workspace_mode
    return fm


def _run(given: argparse.Namespace, host: Host, door: SideDoor) -> int:
    over = threading.Event()

    def stop(*_: Any) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host.start()
    threading.Thread(target=door.serve_forever, args=(0.2,), daemon=True).start()
    if given.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    follow(given.timetable, door.doors)
    urls = [f"https://127.0.0.1:{address.port}" for address in host.addresses]
    facts = {
        "url": urls[0],
        "user": USER,
        "password": PASSWORD,
        "token": TOKEN,
        "ca": str(host.pems.ca.resolve()),
        "side_door": f"http://127.0.0.1:{door.server_address[1]}",
    }
    if given.ha:
        facts["second_url"] = urls[1]
    print(json.dumps(facts), flush=True)
    while not over.wait(1.0):
        pass
    host.close()
    door.shutdown()
    door.server_close()
    return 0


def _watch_stdin(stop: Any) -> None:
    while os.read(0, 4096):
        pass
    stop()


if __name__ == "__main__":
    sys.exit(main())
