import pytest

from standin.spl.errors import Malformed, SplError, Undocumented, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.search_expression import compile_search
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

EVENT: Row = {
    "_time": 1_700_000_000.0,
    "_raw": 'src=10.1.2.3 user="Bob Smith" GET /a/b.html?q=one%20two status=404 C:\\Temp\\x.exe',
    "status": "404",
    "user": "Bob Smith",
    "src": "10.1.2.3",
    "path": "C:\\Temp\\x.exe",
    "quote": 'say "hi"',
    "pipe": "a|b",
    "version": "1.0",
    "six": "2001:db8::5",
    "roles": ["admin", "Auditor"],
    "number": 5,
    "empty": "",
    "with space": "x",
    "index": "main",
}

# Search Reference: search (comparison, IN, CIDR, escapes, order of evaluation);
# Search Manual: Boolean expressions, Difference between != and NOT, Use CASE() and TERM().
CASES = [
    ("", True),
    ("*", True),
    ("status=404", True),
    ("status = 404", True),
    ("status==404", True),
    ("status=40*", True),
    ("status=4", False),
    ('user="bob smith"', True),
    ("user=BOB*", True),
    ("user=Bob", False),
    ("version=1", False),
    ("version=1.0", True),
    ("status!=404", False),
    ("status!=500", True),
    ("missing!=1", False),
    ("NOT missing=1", True),
    ("NOT status=500", True),
    ("missing=*", False),
    ("NOT missing=*", True),
    ("empty=*", True),
    ('empty=""', True),
    ("status>99", True),
    ("status>=404 status<=404", True),
    ("status<1000", True),
    ("user<Carl", True),
    ("number=5", True),
    ("number>4.5", True),
    ("status IN (200, 40*)", True),
    ("status in (200,301)", False),
    ('user IN ("bob smith", x)', True),
    ("NOT status IN (404)", False),
    ("src=10.0.0.0/8", True),
    ('src="10.1.2.0/24"', True),
    ("src=10.1.3.0/24", False),
    ("src!=10.0.0.0/8", False),
    ('six="2001:db8::/32"', True),
    ("src::10.1.2.3", True),
    ('"with space"=x', True),
    ("roles=admin", True),
    ("roles=auditor", True),
    ("roles!=root", True),
    ("NOT roles=admin", False),
    (r'path="C:\\Temp\\*"', True),
    (r'path="*\\x.exe"', True),
    (r'path="C:\Temp\x.exe"', True),
    (r'path="C:\Temp\*"', True),
    (r"path=C:\\Temp\\x.exe", True),
    (r'quote="say \"hi\""', True),
    (r"pipe=a\|b", True),
    ('pipe="a|b"', True),
    ("status=500 OR status=404 user=nobody", False),
    ("user=nobody status=500 OR status=404", False),
    ("(user=nobody status=500) OR status=404", True),
    ("NOT status=500 OR status=404", True),
    ("NOT (status=404 OR status=500)", False),
    ("status=404 AND user=bob*", True),
    ("status=CASE(404) user=CASE(bob*)", False),
    ("user=CASE(Bob*)", True),
    ("src=TERM(10.1.2.3)", True),
    ("()", True),
    ("NOT ( )", False),
    ("index=main", True),
    ("index=*", True),
    ('"status"=404', True),
    # words in _raw
    ("bob", True),
    ("bo", False),
    ("bo*", True),
    ("*mith", True),
    ("smit", False),
    ('"bob smith"', True),
    ('"smith bob"', False),
    ("smith bob", True),
    ("b.html", True),
    ("html", True),
    ("htm", False),
    ("10.1", True),
    ("0.1", False),
    ("TERM(10.1.2.3)", False),
    ("TERM(src=10.1.2.3)", True),
    ("TERM(b.html)", False),
    ("CASE(Bob)", True),
    ("CASE(bob)", False),
    ("two", True),
    ('"user=\\"Bob"', True),
    ('"status=404"', True),
    ('"GET * status"', True),
    ("G*t", True),
    ("G*status", False),
    ('"AND"', False),
    ("and", False),
]


@pytest.mark.parametrize(("text", "holds"), CASES)
def test_conditions(text: str, holds: bool) -> None:
    assert compile_search(text, 0, InMemory())(EVENT) is holds


WRONG: list[tuple[str, type[SplError], int]] = [
    ("(status=404", Malformed, 0),
    ("status=404)", Malformed, 10),
    ("status=", Malformed, 7),
    ("=404", Malformed, 0),
    ("status=404 AND", Malformed, 14),
    ("OR status=404", Malformed, 0),
    ("NOT", Malformed, 3),
    ("status IN ()", Malformed, 11),
    ("status IN (404", Malformed, 14),
    ('user="bob', Malformed, 5),
    ("country=OR", Malformed, 10),
    ("earliest=yesterday", Malformed, 0),
    ("latest=rt", Unsupported, 0),
    ("savedsearch=x", Unsupported, 0),
    ("a, b", Undocumented, 1),
    ("NOT earliest=-1h", Undocumented, 16),
]


@pytest.mark.parametrize(("text", "error", "position"), WRONG)
def test_what_is_refused(text: str, error: type[SplError], position: int) -> None:
    with pytest.raises(error) as caught:
        compile_search(text, 0, InMemory())
    assert caught.value.position == position


def test_several_values_that_only_partly_differ() -> None:
    condition = compile_search("roles!=admin", 0, InMemory())
    with pytest.raises(Undocumented, match="write NOT roles="):
        condition(EVENT)


def test_words_need_the_raw_event() -> None:
    # Search Reference: search, "Using the search command later in the search pipeline"
    with pytest.raises(Undocumented, match="give a field and a value"):
        found("| makeresults | search error")


def test_what_the_events_are_asked_for() -> None:
    context = InMemory()
    search = (
        "(index=a sourcetype=x host=h*) OR (index=b sourcetype IN (y, z)) | stats count by user"
    )
    list(parse(search, context).run().rows)
    query = context.queries[0]
    assert query.indexes == ("a", "b")
    assert query.metadata == (("sourcetype", ("x", "y", "z")),)
    assert query.wanted == {"index", "sourcetype", "host", "user"}


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("a=1", None),
        ("a=1 | head 5", None),
        ("a=1 | table b c*", {"a", "b", "c*"}),
        ("a=1 | fields b", {"a", "b", "_raw", "_time"}),
        ("a=1 | eval c=d+1 | search c>2 | stats count by c", {"a", "d"}),
        ("a=1 | rename b AS c | stats sum(c)", {"a", "b"}),
        ('a=1 | rex field=b "(?<c>x)" | dedup c | table c', {"a", "b", "c"}),
        ("a=1 | sort - b | fields - c | table d c", {"a", "b", "d"}),
        ("a=1 | lookup t k AS b OUTPUT v | stats count by v", {"a", "b", "v"}),
        ("a=1 | spath | table b", None),
    ],
)
def test_fields_that_are_wanted(search: str, wanted: set[str] | None) -> None:
    from standin.spl.context import LookupTable

    context = InMemory(lookups={"t": LookupTable("t", ["k", "v"], [])})
    list(parse(search, context).run().rows)
    assert context.queries[0].wanted == wanted
