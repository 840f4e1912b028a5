from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse


def test_makeresults_and_table() -> None:
    search = parse("| makeresults count=3 | head 2 | table _time", InMemory())
    assert list(search.run().rows) == [{"_time": 1_700_000_000.0}] * 2
