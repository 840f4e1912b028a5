"""Having hits counted: FortiManager asks the FortiGates, which takes a while, and then tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fmgstate.collect.source import Source
from fmgstate.errors import BadAnswer, FmgStateError, RequestRefused, Unreachable
from fmgstate.inventory.model import Target
from fmgstate.policy import counters, fetch
from fmgstate.policy.model import HitCount, Progress

LONGEST_WAIT = 120.0
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 1.0, 1.5, 10.0
DEVICES_A_REQUEST = 20
MOST_REASONS = 5

Sleep = Callable[[float], None]


@dataclass
class ByDevice:
    """Each FortiGate's own counters. ``missing``: why there are none of a (device, VDOM)."""

    counts: list[HitCount] = field(default_factory=list)
    missing: dict[Target, str] = field(default_factory=dict)

    def text(self) -> str:
        """What is missing, in one sentence; "" when nothing is."""
        reasons = [
            f"{one.device} [{one.vdom}]: {why.rstrip('.')}" for one, why in self.missing.items()
        ]
        more = len(reasons) - MOST_REASONS
        told = "; ".join(reasons[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")
        if not told:
            return ""
        return f"Not counted by device: {told}. What was counted before is kept and marked so."


def count_package(source: Source, adom: str, package: str, sleep: Sleep) -> list[HitCount]:
    """The package's hits now, summed over its FortiGates. Raises when the task fails or hangs."""
    started = source.execute(fetch.hit_count_task(adom, package))
    started.value()
    if started.task is None:
        raise BadAnswer(
            f"{source.manager} started no task to count the hits of package {package}.",
            "If its version is supported, report this with the FortiManager build.",
        )
    _wait(source, started.task, sleep)
    return counters.of_package(source.execute(fetch.task_result(started.task)).value())


def count_devices(source: Source, adom: str, targets: Iterable[Target]) -> ByDevice:
    """The hits on each of ``targets``. One that cannot be asked does not keep the others."""
    found = ByDevice()
    for vdom, devices in _groups(targets):
        try:
            entries = source.execute(fetch.device_counters(adom, devices, vdom)).rows()
            answered = counters.of_devices(entries, devices, vdom)
        except FmgStateError as error:
            found.missing.update({Target(device, vdom): str(error) for device in devices})
            continue
        found.counts += answered.counts
        found.missing.update({Target(one, vdom): why for one, why in answered.missing.items()})
    return found


def _groups(targets: Iterable[Target]) -> Iterator[tuple[str, Sequence[str]]]:
    """Devices that are asked for the same VDOM, not too many at once."""
    by_vdom: dict[str, list[str]] = {}
    for one in targets:
        by_vdom.setdefault(one.vdom, []).append(one.device)
    for vdom, devices in by_vdom.items():
        for start in range(0, len(devices), DEVICES_A_REQUEST):
            yield vdom, devices[start : start + DEVICES_A_REQUEST]


def _wait(source: Source, task: int, sleep: Sleep) -> None:
    """Returns when the task succeeded. That it could be started says nothing."""
    waited, pause = 0.0, FIRST_PAUSE
    while True:
        sleep(pause)
        waited += pause
        progress = counters.progress(source.get([fetch.progress(task)])[0].row())
        if progress.over:
            break
        if waited >= LONGEST_WAIT:
            raise Unreachable(
                f"{source.manager} is counting hits for {waited:.0f} s (task {task},"
                f" {progress.state or 'in no state'}, {progress.percent}%).",
                "Look at it in FortiManager's Task Monitor; the next run counts again.",
            )
        pause = min(pause * GROWTH, LONGEST_PAUSE)
    if not progress.succeeded:
        raise _failed(source.manager, task, progress)


def _failed(manager: str, task: int, progress: Progress) -> RequestRefused:
    said = "; ".join(progress.failed[:MOST_REASONS]) or "it gives no reason"
    return RequestRefused(
        f"{manager} could not count hits (task {task}, {progress.state}): {said}.",
        "Check whether FortiManager reaches these FortiGates (Device Manager, Task Monitor); the"
        " next run counts again.",
    )
