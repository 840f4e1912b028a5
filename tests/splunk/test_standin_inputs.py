"""The stand-in runs a packed sample app's inputs as splunkd would."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from standin import ArgumentsRefused, Standin, StandinError
from tests.pythons import candidates, runs
from tests.splunk.sample_package import APP, LIBRARIES, SAMPLE, add_account, pack, sample

COUNTER, SHARED = "sample_counter", "sample_shared"


@pytest.fixture
def splunk(tmp_path: Path) -> Iterator[Standin]:
    with sample(tmp_path) as splunk:
        add_account(splunk)
        splunk.create_index("netops")
        yield splunk


def counter(**more: str) -> dict[str, str]:
    return {"account": "hq", "to": "2", "index": "netops", "interval": "3600", **more}


def alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    # Nobody may have waited for an orphan yet: a zombie runs no more.
    return stat.rpartition(") ")[2][0] != "Z"


def messages(splunk: Standin, level: str) -> list[str]:
    return [line.message for line in splunk.log_lines(level, "ExecProcessor")]


def test_events_arrive_whole_with_the_account_s_secret_known_to_the_input_only(
    splunk: Standin,
) -> None:
    splunk.start_input(COUNTER, "a", counter())
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes == [0])
    expected = {
        "_time": 1000000001.0,
        "index": "netops",
        "host": "standin",
        "source": "sample_counter://a",
        "sourcetype": "sample:count",
        "_raw": '{"number": 1, "url": "https://x.example", "letters": 6}',
        "event": {"number": 1, "url": "https://x.example", "letters": 6},
    }
    rows = splunk.search(index="netops")
    assert {key: rows[0][key] for key in expected} == expected
    assert [row["event"]["number"] for row in rows] == [1, 2]
    assert messages(splunk, "INFO")[0] == 'message from "sample_counter://a" begins at 0'
    assert [line.rpartition(" | ")[2] for line in splunk.logs("sample_app_*.log")] == [
        "counting from 0 to 2"
    ]
    assert (splunk.refused, splunk.problems, splunk.dropped()) == ([], [], [])
    files = [path for path in splunk.home.path.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if b"s3cret" in path.read_bytes()] == []


def test_an_input_that_ended_starts_again_after_its_interval_and_finds_its_checkpoint(
    splunk: Standin,
) -> None:
    splunk.start_input(COUNTER, "a", counter(interval="0"))
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").starts >= 3)
    splunk.stop_input(COUNTER, "a")
    assert [row["event"]["number"] for row in splunk.search()] == [1, 2]
    assert messages(splunk, "INFO")[2] == 'message from "sample_counter://a" begins at 2'


def test_log_level_comes_from_the_app_s_settings(splunk: Standin) -> None:
    splunk.set_conf(APP, "sample_app_settings", "logging", {"loglevel": "DEBUG"})
    splunk.start_input(COUNTER, "a", counter())
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes)
    assert "a line for the curious" in splunk.logs("sample_app_counter.log")[-1]


def test_the_scheme_is_read(splunk: Standin) -> None:
    scheme = splunk.scheme(COUNTER)
    assert (scheme.title, scheme.app, scheme.external_validation, scheme.single_instance) == (
        "Sample counter",
        APP,
        True,
        False,
    )
    required = {name for name, each in scheme.arguments.items() if each.required_on_create}
    assert (required, set(scheme.arguments) - required) == ({"name", "account", "to"}, {"mode"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (counter(), None),
        (counter(to="many"), "to = 'many': give a number, such as 3"),
        ({"account": "hq"}, "The following required arguments are missing: to."),
        (counter(colour="red"), 'Argument "colour" is not supported by this endpoint.'),
        (
            counter(interval="*/5 * * * *"),
            "interval = '*/5 * * * *': the stand-in takes seconds only, no cron schedule",
        ),
    ],
)
def test_arguments_are_validated_by_splunkd_and_by_the_app(
    splunk: Standin, arguments: dict[str, str], message: str | None
) -> None:
    assert splunk.validate(COUNTER, "a", arguments) == message
    if message:
        with pytest.raises(ArgumentsRefused) as refused:
            splunk.start_input(COUNTER, "a", arguments)
        assert str(refused.value) == message
        assert not splunk.home.app(APP).joinpath("local/inputs.conf").exists()


def test_an_input_that_no_spec_file_declares_is_unknown(splunk: Standin) -> None:
    with pytest.raises(StandinError, match=r"no app declares .sample_other://<name>. in README"):
        splunk.scheme("sample_other")


def test_events_can_be_searched_while_the_input_still_runs_and_sigterm_ends_it(
    splunk: Standin,
) -> None:
    splunk.start_input(COUNTER, "a", counter(mode="hang"))
    splunk.wait_for(lambda: splunk.count(index="netops") == 2)
    process = splunk.process(COUNTER, "a")
    pid = splunk.wait_for(lambda: process.pid)
    splunk.stop_input(COUNTER, "a")
    assert (process.exit_codes, alive(pid)) in [([0], False), ([-signal.SIGTERM], False)]


def test_an_input_deaf_to_sigterm_is_killed_after_the_grace_time(tmp_path: Path) -> None:
    with sample(tmp_path, grace=0.2) as splunk:
        add_account(splunk)
        splunk.start_input(COUNTER, "a", counter(mode="deaf", index="main"))
        splunk.wait_for(lambda: messages(splunk, "WARN"))
        process = splunk.process(COUNTER, "a")
    assert process.exit_codes == [-signal.SIGKILL]
    assert [line.message for line in splunk.log_lines("WARN", "ModularInputs")] == [
        "sample_counter://a did not stop on SIGTERM in time: killed"
    ]


def test_output_that_is_no_stream_is_an_error_and_earlier_events_stay(splunk: Standin) -> None:
    splunk.start_input(COUNTER, "a", counter(mode="broken"))
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes == [3])
    assert splunk.count() == 2
    assert messages(splunk, "ERROR") == [
        'message from "sample_counter://a" no level here',
        "sample_counter://a ended with exit code 3",
    ]
    (line,) = splunk.log_lines("ERROR", "ModularInputs")
    assert "the rest of its output is ignored" in line.message
    assert "a forgotten print & so on" in line.message


def test_pieces_sent_unbroken_are_one_event(splunk: Standin) -> None:
    splunk.start_input(COUNTER, "a", counter(to="0", mode="split"))
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes == [0])
    assert [row["event"] for row in splunk.search()] == [{"number": 99}]


def test_an_event_for_a_missing_index_is_dropped_and_said_so(splunk: Standin) -> None:
    splunk.start_input(COUNTER, "a", counter(to="1", mode="elsewhere"))
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes == [0])
    message = (
        "Received event for unconfigured/disabled/deleted index=nowhere with "
        'source="source::sample_counter://a" host="host::standin" '
        'sourcetype="sourcetype::sample:count". So far received events from 1 missing index(es).'
    )
    assert splunk.dropped() == [
        {
            "message": message,
            "index": "nowhere",
            "host": "standin",
            "source": "sample_counter://a",
            "sourcetype": "sample:count",
            "_raw": "lost",
        }
    ]
    assert [line.message for line in splunk.log_lines("WARN", "IndexProcessor")] == [message]
    assert [row["event"]["number"] for row in splunk.search()] == [1]


def test_an_index_made_or_switched_off_meanwhile_counts(splunk: Standin) -> None:
    arguments = counter(index="later", interval="0")
    splunk.start_input(COUNTER, "a", arguments)
    splunk.wait_for(splunk.dropped)
    splunk.stop_input(COUNTER, "a")
    splunk.create_index("later")
    splunk.start_input(COUNTER, "b", arguments)
    splunk.wait_for(lambda: splunk.count(index="later") == 2)
    splunk.stop_input(COUNTER, "b")
    splunk.set_conf("system", "indexes", "later", {"disabled": "true"})
    splunk.start_input(COUNTER, "c", arguments)
    splunk.wait_for(lambda: splunk.process(COUNTER, "c").exit_codes)
    assert splunk.count(index="later") == 2
    assert {row["source"] for row in splunk.dropped()} == {f"{COUNTER}://a", f"{COUNTER}://c"}


def test_one_process_serves_all_stanzas_when_the_scheme_says_so(splunk: Standin) -> None:
    splunk.start_input(SHARED, "one", {"word": "hello"})
    splunk.wait_for(lambda: splunk.count(source="sample_shared://one") == 1)
    splunk.start_input(SHARED, "two", {"word": "there"})
    splunk.wait_for(lambda: splunk.count(source="sample_shared://two") == 1)
    pid = splunk.process(SHARED, "two").pid
    splunk.wait_for(lambda: splunk.count(source="sample_shared://one") == 2)
    said = [
        row["_raw"] for row in splunk.search(where=lambda row: row["_raw"].startswith(f"{pid}"))
    ]
    assert said == [f"{pid} hello", f"{pid} there"]
    splunk.stop_input(SHARED, "two")
    splunk.wait_for(lambda: splunk.count(source="sample_shared://one") == 3)
    assert splunk.count(source="sample_shared://two") == 1


def test_two_stanzas_are_two_processes_otherwise(splunk: Standin) -> None:
    for name in ("a", "b"):
        splunk.start_input(COUNTER, name, counter(mode="hang"))
    pids = {splunk.wait_for(lambda n=n: splunk.process(COUNTER, n).pid) for n in ("a", "b")}
    assert len(pids) == 2


def test_a_program_sees_neither_the_developer_s_libraries_nor_their_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    app = tmp_path / "probe"
    looks = (
        "import os, sys\n"
        "libraries = any(path.endswith('site-packages') for path in sys.path)\n"
        "sys.exit(repr(('HTTPS_PROXY' in os.environ, libraries)))\n"
    )
    for folder, name, text in (
        ("default", "app.conf", "[ui]\nlabel = Probe\n"),
        ("README", "inputs.conf.spec", "[probe://<name>]\n"),
        ("bin", "probe.py", looks),
    ):
        app.joinpath(folder).mkdir(parents=True)
        app.joinpath(folder, name).write_text(text)
    package = pack(app, tmp_path / "probe.spl")
    with (
        Standin(tmp_path / "splunk", packages=[package]) as splunk,
        pytest.raises(StandinError, match=r"exited with code 1\): \(False, False\)"),
    ):
        splunk.scheme("probe")


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_behind_when_the_block_ends_in_an_exception(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    threads = set(threading.enumerate())
    with pytest.raises(failure), sample(tmp_path) as splunk:
        add_account(splunk)
        splunk.start_input(COUNTER, "a", counter(mode="hang", index="main"))
        splunk.wait_for(lambda: splunk.count() == 2)
        pid = splunk.process(COUNTER, "a").pid
        port = splunk._port.port
        idle = socket.create_connection(("127.0.0.1", port))
        raise failure
    idle.close()
    assert pid
    assert not alive(pid)
    assert set(threading.enumerate()) == threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_a_signal_ends_the_command_line_and_its_inputs(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    package = pack(SAMPLE, tmp_path / "sample_app.tar.gz")
    command = [sys.executable, "-m", "standin", "--home", tmp_path / "splunk", "--package", package,
               "--input", SHARED, "one", "word=hello"]  # fmt: skip
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert '"inputs": 1' in process.stdout.readline()
        event = process.stdout.readline()
        process.send_signal(number)
        assert process.wait(30) == code
    pid = int(event.partition('"_raw": "')[2].partition(" ")[0])
    for _attempt in range(200):
        if not alive(pid):
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the input outlived its stand-in")


def test_a_second_start_on_the_same_home_finds_inputs_secrets_and_checkpoints(
    tmp_path: Path,
) -> None:
    with sample(tmp_path) as splunk:
        add_account(splunk)
        splunk.start_input(COUNTER, "a", counter(index="main"))
        splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes)
    splunk.set_conf(APP, "inputs", f"{COUNTER}://a", {"to": "3"})
    with Standin(tmp_path / "splunk", python_path=[LIBRARIES]) as splunk:
        splunk.start_enabled_inputs()
        splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes == [0])
        numbers = [row["event"] for row in splunk.search()]
    assert [each["number"] for each in numbers] == [1, 2, 3]
    assert numbers[2]["letters"] == len("s3cret")


def test_an_upgrade_is_a_new_package_with_new_schemes_and_props(
    splunk: Standin, tmp_path: Path
) -> None:
    splunk.start_input(COUNTER, "a", counter())
    splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes)
    newer = tmp_path / "newer" / APP
    shutil.copytree(SAMPLE, newer)
    program = newer / "bin" / f"{COUNTER}.py"
    program.write_text(program.read_text().replace('"Sample counter"', '"Newer counter"'))
    newer.joinpath("default", "props.conf").write_text("[sample:count]\nTRUNCATE = 10\n")
    splunk.install(pack(newer, tmp_path / "newer.tar.gz"))
    assert splunk.scheme(COUNTER).title == "Newer counter"
    splunk.start_input(COUNTER, "b", counter())
    splunk.wait_for(lambda: splunk.process(COUNTER, "b").exit_codes)
    assert [len(row["_raw"]) for row in splunk.search(source=f"{COUNTER}://b")] == [10, 10]


@pytest.mark.parametrize("version", ["3.9", "3.13"])
def test_the_stubs_serve_the_pythons_that_splunk_brings(tmp_path: Path, version: str) -> None:
    python = next((path for path in candidates(version) if runs(path, version)), None)
    if python is None:
        assert os.environ.get("CI") != "true", f"Python {version} was not found"
        pytest.skip(f"Python {version} was not found")
    with sample(tmp_path, python=python) as splunk:
        add_account(splunk)
        splunk.start_input(COUNTER, "a", counter(index="main"))
        splunk.wait_for(lambda: splunk.process(COUNTER, "a").exit_codes)
        assert (splunk.count(), splunk.refused, messages(splunk, "ERROR")) == (2, [], [])


def test_the_readme_s_example_speaks_of_what_exists(splunk: Standin) -> None:
    readme = Path(__file__).parents[2].joinpath("standin/README.md").read_text()
    assert readme.splitlines()[2].startswith("**This is not Splunk.**")
    code = textwrap.dedent(readme.partition("```python\n")[2].partition("```")[0])
    used = {part.partition("(")[0].strip() for part in code.split("splunk.")[1:]}
    assert {name for name in used if not hasattr(splunk, name.split()[0])} == set()
