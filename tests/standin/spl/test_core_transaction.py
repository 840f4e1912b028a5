"""transaction, as its page tells it."""

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found


def event(at: int, ip: str, what: str) -> Row:
    return {"_time": float(at), "_raw": f"{ip} {what}", "ip": ip, "what": what}


EVENTS = [
    event(100, "a", "logout"),
    event(96, "a", "buy"),
    event(95, "b", "buy"),
    event(94, "a", "login"),
    event(60, "a", "logout"),
    event(55, "a", "login"),
    event(50, "b", "login"),
]


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        # Search Reference: transaction
        ("ip", [(55.0, "a", 45, 5), (50.0, "b", 45, 2)]),
        (
            "ip maxspan=30s",
            [(95.0, "b", 0, 1), (94.0, "a", 6, 3), (55.0, "a", 5, 2), (50.0, "b", 0, 1)],
        ),
        (
            "ip maxpause=3s",
            [
                (100.0, "a", 0, 1),
                (95.0, "b", 0, 1),
                (94.0, "a", 2, 2),
                (60.0, "a", 0, 1),
                (55.0, "a", 0, 1),
                (50.0, "b", 0, 1),
            ],
        ),
        (
            "ip maxevents=3",
            [(94.0, "a", 6, 3), (55.0, "a", 5, 2), (50.0, "b", 45, 2)],
        ),
        (
            'ip startswith="login" endswith="logout"',
            [(94.0, "a", 6, 3), (55.0, "a", 5, 2)],
        ),
        (
            'ip startswith=(what="login") endswith=eval(what=="logout")',
            [(94.0, "a", 6, 3), (55.0, "a", 5, 2)],
        ),
        (
            "ip startswith=login maxspan=1h",
            [(94.0, "a", 6, 3), (55.0, "a", 5, 2), (50.0, "b", 45, 2)],
        ),
    ],
)
def test_transactions(command: str, rows: list[tuple[float, str, float, int]]) -> None:
    search = f"* | transaction {command} | sort 0 -_time ip"
    made = found(search, *EVENTS)
    wanted = sorted(rows, key=lambda one: (-one[0], one[1]))
    assert [(r["_time"], r["ip"], r["duration"], r["eventcount"]) for r in made] == wanted


def test_what_a_transaction_holds() -> None:
    row = found("* | transaction ip maxspan=10s | head 1", *EVENTS[:4])[0]
    assert row == {
        "_time": 95.0,
        "_raw": "b buy",
        "ip": "b",
        "what": "buy",
        "duration": 0,
        "eventcount": 1,
        "closed_txn": 1,
    }
    row = found("ip=a | transaction ip", *EVENTS[:4])[0]
    assert row == {
        "_time": 94.0,
        "_raw": "a login\na buy\na logout",
        "ip": "a",
        "what": ["buy", "login", "logout"],
        "duration": 6,
        "eventcount": 3,
        "closed_txn": 0,
    }


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("* | reverse | transaction ip", Malformed),
        ('* | eval x=if(what="buy",1,null()) | transaction ip x', Undocumented),
        ("* | transaction ip endswith=login", Undocumented),
    ],
)
def test_data_that_is_refused(search: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        found(search, *EVENTS)


@pytest.mark.parametrize(
    "options", ["mvlist=t", "name=x", "connected=f", "keepevicted=t startswith=x"]
)
def test_options_that_are_refused(options: str) -> None:
    with pytest.raises(Unsupported):
        parse(f"* | transaction ip {options}", InMemory())
