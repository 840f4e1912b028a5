"""Several searches in one: subsearches, macros, lookups, joins, searches made for each row."""

import pytest

from standin.spl.context import LookupTable, Macro
from standin.spl.errors import Malformed, SplError, Unsupported
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.stream import Stream
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

EVENTS: list[Row] = [
    {"_time": 103.0, "_raw": "a", "user": "bob", "src": "10.0.0.1", "n": "1"},
    {"_time": 102.0, "_raw": "b", "user": "eve", "src": "10.0.0.2", "n": "2"},
    {"_time": 101.0, "_raw": "c", "user": "bob", "src": "10.0.0.3", "n": "3"},
]


def text(search: str) -> object:
    return found(search, *EVENTS)[0]["search"]


@pytest.mark.parametrize(
    ("search", "terms"),
    [
        # Search Reference: format
        (
            "* | head 2 | fields src, user | format",
            '( ( src="10.0.0.1" AND user="bob" ) OR ( src="10.0.0.2" AND user="eve" ) )',
        ),
        (
            '* | head 2 | fields user n | format "[" "[" "&&" "]" "||" "]"',
            '[ [ n="1" && user="bob" ] || [ n="2" && user="eve" ] ]',
        ),
        ("* | fields user | format maxresults=1", '( ( user="bob" ) )'),
        ("* | fields zzz | format", "NOT ( )"),
        ('| makeresults | format emptystr="Error Found"', "Error Found"),
        (
            'n=1 | eval foo=split("a,b",",") | table foo | format mvsep="x" "{" "[" "" "]" "" "}"',
            '{ [ ( foo="a" x foo="b" ) ] }',
        ),
        (
            '* | head 1 | eval user="say \\"x\\"" | fields user | format',
            '( ( user="say \\"x\\"" ) )',
        ),
        ('* | head 1 | eval search=n." OR x" | fields search | format', "( ( 1 OR x ) )"),
        # Search Reference: return
        ("* | return user", 'user="bob"'),
        ("* | return 2 user", '(user="bob") OR (user="eve")'),
        ("* | return who=user src", 'who="bob" src="10.0.0.1"'),
        ("* | return $user", "bob"),
        ("* | return 2 $user", "(bob) OR (eve)"),
        ("user=bob | return 2 user", '(user="bob")'),
        ("n=9 | return user", ""),
    ],
)
def test_results_as_terms(search: str, terms: str) -> None:
    assert text(search) == terms


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        # Search Manual: About subsearches; Search Reference: format, return
        ("[search n=2 | fields user]", "2"),
        ("NOT [search user=eve | fields user]", "1 3"),
        ("[user=eve n=2 | return n]", "2"),
        ("user=bob [search n>1 | return 5 n]", "3"),
        ("n=[search user=eve | return $n]", "2"),
        ('user=[search user=nobody | format emptystr="eve"]', "2"),
        ("[search user=nobody | fields user]", ""),
        ("n > [ makeresults | eval it=0+2 | return $it ]", "3"),
        ("( n > [ makeresults | eval it=1 | return $it ] )", "2 3"),
        ("* | where n=[search user=eve | return $n]", "2"),
        ("* | head [search user=eve | return $n]", "1 2"),
        ("* | search [| makeresults | eval n=3 | fields n]", "3"),
        ('[| makeresults | eval query="n=1 OR n=3" | fields query]', "1 3"),
    ],
)
def test_subsearches(search: str, numbers: str) -> None:
    assert [row["n"] for row in found(search, *EVENTS)] == numbers.split()


def test_a_subsearch_is_read_before_rows_flow() -> None:
    with pytest.raises(Malformed, match="sttas") as caught:
        parse("index=x [search y | sttas count]", InMemory())
    assert caught.value.position == 20
    with pytest.raises(Malformed, match="parenthes"):
        parse("(index=x [search y]", InMemory())


MACROS = {
    ("fw", 0): Macro("index=fw sourcetype=x"),
    ("by_user", 1): Macro("user=$name$", ("name",)),
    ("two", 2): Macro("n>=$low$ n<=$high$", ("low", "high")),
    ("nested", 1): Macro("`by_user($who$)` OR `two(3,3)`", ("who",)),
    ("checked", 1): Macro("n=$n$", ("n",), validation="isnum($n$)", error_message="no number"),
    ("evaluated", 1): Macro('"n=" . ($x$ * 2)', ("x",), is_eval=True),
    ("loop", 0): Macro("`loop`"),
    ("pipe", 1): Macro("stats count BY $f$ | sort $f$", ("f",)),
}


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        # Knowledge Manager Manual: Use search macros in searches; Search Manual: comments
        ("`by_user(bob)`", "1 3"),
        ('`by_user("bob")`', "1 3"),
        ("`by_user(name=eve)`", "2"),
        ("`two(2, 3)`", "2 3"),
        ("`nested(eve)`", "2 3"),
        ("`checked(2)`", "2"),
        ("`evaluated(1)`", "2"),
        ('* | eval n="`fw`" | head 1', "`fw`"),
        ("n=1 ```not OR n=2``` OR n=3 ``` | head 1 ```", "1 3"),
        ('* | eval n="```x```" | head 1', "```x```"),
    ],
)
def test_macros_and_comments(search: str, numbers: str) -> None:
    assert [row["n"] for row in found(search, *EVENTS, macros=MACROS)] == numbers.split()


def test_a_macro_of_commands() -> None:
    assert found("* | `pipe(user)`", *EVENTS, macros=MACROS) == [
        {"user": "bob", "count": 2},
        {"user": "eve", "count": 1},
    ]


@pytest.mark.parametrize(
    ("search", "says"),
    [
        ("`missing`", "'missing' cannot be found"),
        ("`by_user`", "'by_user' cannot be found"),
        ("`checked(x1)`", "no number"),
        ("`loop`", "calls itself"),
        ("`fw", "not closed"),
        ("x ```", "not closed"),
    ],
)
def test_macros_that_are_wrong(search: str, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        parse(search, InMemory(macros=MACROS))


@pytest.mark.parametrize(
    ("search", "rows"),
    [
        # Search Reference: append
        (
            "* | table n | append [search n=2 | table user]",
            [{"n": "1"}, {"n": "2"}, {"n": "3"}, {"user": "eve"}],
        ),
        # Search Reference: appendcols
        (
            "* | table n | appendcols [| makeresults count=2 | eval n=9, z=1 | fields n z]",
            [{"n": "1", "z": 1}, {"n": "2", "z": 1}, {"n": "3"}],
        ),
        (
            "n=1 | table n | appendcols override=true [| makeresults | eval n=9 | table n]",
            [{"n": 9}],
        ),
        # Search Reference: appendpipe
        (
            '* | stats sum(n) AS s BY user | appendpipe [stats sum(s) AS s | eval user="all"]',
            [{"user": "bob", "s": 4}, {"user": "eve", "s": 2}, {"s": 6, "user": "all"}],
        ),
        # Search Reference: join
        (
            '* | table user n | join user [| makeresults | eval user="bob", g="x" | table user g]',
            [{"user": "bob", "n": "1", "g": "x"}, {"user": "bob", "n": "3", "g": "x"}],
        ),
        (
            "n<3 | table user n | join type=left user [search n=3 | eval n=7 | table user n]",
            [{"user": "bob", "n": 7}, {"user": "eve", "n": "2"}],
        ),
        (
            "n=1 | table user n | join type=outer overwrite=f user [search n=3 | table user n]",
            [{"user": "bob", "n": "1"}],
        ),
        (
            "n=1 | table user | join max=0 user [search user=bob | table user n]",
            [{"user": "bob", "n": "1"}, {"user": "bob", "n": "3"}],
        ),
        (
            "n=1 | table user | join user [search user=bob | table user n]",
            [{"user": "bob", "n": "1"}],
        ),
        (
            "n=1 | table user | join [search user=bob | table user n]",
            [{"user": "bob", "n": "1"}],
        ),
        ('n=1 | table user | join user [| makeresults | eval user="BOB" | table user]', []),
        # Search Reference: union, multisearch
        ("| union [search n=3] [search n=1] | table n", [{"n": "1"}, {"n": "3"}]),
        ("| multisearch [search n=3] [search n=2] | table n", [{"n": "2"}, {"n": "3"}]),
        # Search Reference: set
        ("| set diff [search n<3 | fields n] [search n=1 | fields n]", [{"n": "2"}]),
        ("| set intersect [search n<3 | fields n] [search n=1 | fields n]", [{"n": "1"}]),
        ("| set union [search n=1 | fields n] [search n=1 | fields n]", [{"n": "1"}]),
        # Search Reference: map
        (
            'n<3 | map search="search user=$user$ | eval of=$n$" | table n of',
            [{"n": "1", "of": 1}, {"n": "3", "of": 1}, {"n": "2", "of": 2}],
        ),
        ("* | map maxsearches=1 [search n=$n$] | table n", [{"n": "1"}]),
        ('n=1 | map search="makeresults count=$n$ | eval x=1 | table x"', [{"x": 1}]),
        (
            'n<3 | map [ makeresults | eval u="$user$", id="$_serial_id$" ] | table u id',
            [{"u": "bob", "id": "1"}, {"u": "eve", "id": "2"}],
        ),
        ("| union [search n=3 | head 1] [search n=1] | table n", [{"n": "3"}, {"n": "1"}]),
        (
            "| union [search n=2], [search n=1 | eval x=1] | table n x",
            [{"n": "1", "x": 1}, {"n": "2"}],
        ),
        # Search Reference: savedsearch, from
        ("| savedsearch mine who=eve | table n", [{"n": "2"}]),
        ('| from savedsearch:"mine" | table n', []),
        ("| from inputlookup:groups.csv | head 1", [{"user": "bob", "team": "red"}]),
        ('| from lookup "groups.csv" | head 1', [{"user": "bob", "team": "red"}]),
        ("n=1 | predict x=1 | table said", [{"said": " x=1 "}]),
        # Search Reference: inputlookup
        ("| inputlookup groups.csv where team=r*", [{"user": "bob", "team": "red"}]),
        ("| inputlookup groups.csv start=1 max=1 | table user", [{"user": "eve"}]),
        (
            "n=1 | table user | inputlookup append=t groups.csv | table user",
            [{"user": "bob"}, {"user": "bob"}, {"user": "eve"}, {"user": "ann"}],
        ),
        # an app's own command
        ("n=1 | mine x=1 | table said", [{"said": " x=1 "}]),
    ],
)
def test_several_searches(search: str, rows: list[Row]) -> None:
    def mine(arguments: str, stream: Stream) -> Stream:
        return Stream([{**row, "said": arguments} for row in stream.rows])

    assert (
        found(
            search,
            *EVENTS,
            now=500.0,
            saved_searches={"mine": "user=$who$"},
            lookups={"groups.csv": GROUPS},
            commands={"mine": mine, "predict": mine},
        )
        == rows
    )


GROUPS = LookupTable(
    "groups.csv",
    ["user", "team"],
    [
        {"user": "bob", "team": "red"},
        {"user": "eve", "team": "blue"},
        {"user": "ann", "team": ""},
    ],
)


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("* | append x", Malformed),
        ("* | append maxtimes=1 [search x]", Malformed),
        ("* | join user", Malformed),
        ("* | join type=cross user [search x]", Malformed),
        ("* | join left=L right=R where L.a=R.a [search x]", Unsupported),
        ("| multisearch [search a]", Malformed),
        ("| multisearch [search a] [search b | stats count]", Malformed),
        ("* | lookup missing user", Malformed),
        ("* | inputlookup missing", Malformed),
        ("| savedsearch missing", Malformed),
        ("| from nowhere:x", Malformed),
        ("* | map", Malformed),
        ("* | foreach x", Malformed),
        ("* | foreach x* [sttas count]", SplError),
        ('* | format "("', Malformed),
        ("* | return", Malformed),
        ("* | loadjob x", Unsupported),
    ],
)
def test_what_is_refused(search: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        parse(search, InMemory())
