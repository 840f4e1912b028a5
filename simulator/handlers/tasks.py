# ruff: noqa: ARG001 (every handler takes the same arguments)
"""Tasks, and the hit counts that a task collects."""

from __future__ import annotations

from typing import Any

from simulator.handlers.calls import Answer, Call, Param, data_of, plain_row, plain_table, routes
from simulator.query.integers import integers
from simulator.refusal import Refused
from simulator.schema.enumerations import listed
from simulator.state.adom import Adom
from simulator.state.hitcounts import copy_to_rows, hit_count_result
from simulator.state.packages import Package
from simulator.state.tasks import STATES
from simulator.versions import Version

_ENUMS = {"state": listed(*STATES)}


@routes.add("get", "/task/task", "all tasks")
def tasks(call: Call, param: Param) -> Answer:
    rows = [_record(call, number) for number in call.fm.tasks.by_id]
    if param.get("loadsub", 1) == 0:
        for row in rows:
            row.pop("line", None)
            row.pop("history", None)
    return plain_table(call, param, rows, _ENUMS, keep=("id",))


@routes.add("get", "/task/task/{task}", "one task: state, num_err, lines")
def task(call: Call, param: Param, task: str) -> Answer:
    return plain_row(call, param, _record(call, _number(task)), _ENUMS)


@routes.add("get", "/task/task/{task}/line", "a task's lines")
def task_lines(call: Call, param: Param, task: str) -> Answer:
    return plain_table(call, param, _record(call, _number(task))["line"], _ENUMS)


@routes.add("get", "/task/task/{task}/line/{line}", "one line of a task")
@routes.add("get", "/task/task/{task}/line/{line}/history", "its history")
def task_line(call: Call, param: Param, task: str, line: str) -> Answer:
    lines = _record(call, _number(task))["line"]
    if not 0 <= _number(line) < len(lines):
        raise Refused(-3)
    found = lines[_number(line)]
    if str(param["url"]).rstrip("/").endswith("history"):
        return {"data": found.get("history", [])}
    return {"data": found if call.verbose else integers(found, _ENUMS)}


@routes.add("get", "/task/task/{task}/history", "history of a task (up to 6.4)")
def task_history(call: Call, param: Param, task: str) -> Answer:
    return {"data": _record(call, _number(task)).get("history", [])}


def _number(text: str) -> int:
    if not text.isdigit():
        raise Refused(-6)
    return int(text)


def _record(call: Call, number: int) -> dict[str, Any]:
    found = call.fm.tasks.by_id.get(number)
    if found is None:
        raise Refused(-3)
    return found.record(call.fm.clock(), call.fm.version >= Version(7, 0, 0))


@routes.add("exec", "/sys/task/result", "what a finished task found; -10 while it runs")
def task_result(call: Call, param: Param) -> Answer:
    number = str(data_of(param).get("taskid"))
    found = call.fm.tasks.by_id.get(int(number)) if number.isdigit() else None
    if found is None or found.result is None or not found.done(call.fm.clock()) or found.failed:
        raise Refused(-10)
    return {"data": found.result}


@routes.add("exec", "/sys/hitcount", "start collecting a package's hit counts (6.4.7+, 7.0.3+)")
def hit_count(call: Call, param: Param) -> Answer:
    if call.fm.version < Version(6, 4, 7) or Version(7, 0, 0) <= call.fm.version < Version(7, 0, 3):
        raise Refused(-6)
    data = data_of(param)
    adom = _adom(call, data.get("adom"))
    package = _package(adom, data.get("pkg"))
    fm = call.fm
    targets = fm.targets(adom, package)
    started = fm.tasks.start(
        title="update hitcount",
        source="device manager",
        user=call.user,
        adom=adom.oid,
        started=fm.clock(),
        seconds=fm.task_seconds,
        lines=[{"name": name, "vdom": vdom} for name, vdom in targets] or [{"name": package.name}],
        result=hit_count_result(package),
        finish=lambda: copy_to_rows(package),
    )
    package.settings["hitc-taskid"] = started.id
    package.settings["hitc-timestamp"] = int(started.started)
    return {"taskid": started.id}


def _adom(call: Call, name: Any) -> Adom:
    if isinstance(name, int) or (isinstance(name, str) and name.isdigit()):
        for adom in call.fm.adoms.values():
            if adom.oid == int(name):
                return adom
    return call.fm.adom(str(name or ""))


def _package(adom: Adom, name: Any) -> Package:
    for package in adom.root.packages():
        if str(name) in (package.path, str(package.oid)):
            return package
    raise Refused(-3)
