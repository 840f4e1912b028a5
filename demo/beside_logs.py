"""The scene in which log lines of the firewalls get the rules that decided them."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from standin import Standin

if TYPE_CHECKING:
    from demo.play import Stage

INDEX, SOURCETYPE = "firewall", "fortigate_traffic"
LINES = 2000
SHOWN = ("devname", "policyid", "rule_name", "rule_action", "rule_package", "rule_owner")


def beside_logs(stage: Stage, scenario: str) -> None:
    """Log lines that the simulated firewalls would write, then one search over them."""
    stage.screen.title("6. In Splunk: which rule let each log line through?")
    said = subprocess.run(
        [sys.executable, "-m", "simulator.logs", "--scenario", scenario, "--lines", str(LINES),
         "--spelling", "fortios"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    index(stage.splunk, said.stdout)
    search = (
        f"index={INDEX} sourcetype={SOURCETYPE} | fmgpolicy | table {' '.join(SHOWN)} rule_stale"
    )
    stage.screen.line(search)
    stage.screen.line("(searched by the stand-in; not checked on a real Splunk)")
    started = time.perf_counter()
    rows = stage.splunk.results(search + " rule_found", app="fortimanager_policy_state")
    seconds = time.perf_counter() - started
    stage.screen.line()
    for row in [one for one in rows if one.get("rule_owner")][:6]:
        stage.screen.line("   " + "  ".join(_cell(row.get(name, ""), name) for name in SHOWN))
    found = sum(one.get("rule_found") == "true" for one in rows)
    stage.screen.line()
    stage.screen.line(f"{len(rows):,} log lines searched and enriched in {seconds:.1f} s; the rule "
                      f"of {found:,} was found, the others say why not.")  # fmt: skip
    stage.seen.add("log lines with their rule beside them", f"{found:,} of {len(rows):,}")


def index(splunk: Standin, lines: str) -> None:
    """As a forwarder would bring them."""
    splunk.create_index(INDEX)
    props = {"SHOULD_LINEMERGE": "false", "TIME_PREFIX": "eventtime=", "KV_MODE": "auto",
             "TIME_FORMAT": "%s", "MAX_TIMESTAMP_LOOKAHEAD": "10"}  # fmt: skip
    splunk.set_conf("system", "props", SOURCETYPE, props)
    splunk.submit(lines, index=INDEX, sourcetype=SOURCETYPE, host="syslog")


def _cell(value: Any, name: str) -> str:
    width = {"devname": 18, "policyid": 5, "rule_name": 28, "rule_action": 7}.get(name, 22)
    text = value if isinstance(value, str) else ", ".join(value)
    return text[:width].ljust(width)
