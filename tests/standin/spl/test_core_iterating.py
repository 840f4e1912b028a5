"""foreach, by the examples of its page."""

import pytest

from standin.spl.errors import Malformed, SplError
from standin.spl.in_memory import InMemory
from standin.spl.interpret import parse
from standin.spl.values import Row
from tests.standin.spl.context_for_tests import found

WWW: list[Row] = [
    {"c": "ACCESSORIES", "www1": "1000", "www2": "500"},
    {"c": "SIMULATION", "www1": "3000", "www2": "750"},
    {"c": "ARCADE", "www1": "800"},
    {"c": "STRATEGY", "www1": "400", "www2": "200"},
]


def test_a_row_takes_part_with_the_fields_that_it_has() -> None:
    # Search Reference: foreach, "Generate a total for each row"
    search = "* | eval total=0 | foreach www* [eval total=total + <<FIELD>>] | table total"
    assert [row["total"] for row in found(search, *WWW)] == [1500, 3750, 800, 600]


@pytest.mark.parametrize(
    ("search", "row"),
    [
        # Search Reference: foreach
        (
            (
                "eval total=0, t1=1, t2=2, t3=3 | foreach t* [eval total=total + <<FIELD>>] "
                "| table total"
            ),
            {"total": 6},
        ),
        (
            "eval test1=5, test2=10 | foreach test* [eval <<FIELD>> = <<FIELD>> + <<MATCHSTR>>]",
            {"test1": 6, "test2": 12},
        ),
        (
            "eval my_1=5, my_2=10 | foreach my_* [eval <<FIELD>> = '<<FIELD>>' + <<MATCHSTR>>]",
            {"my_1": 6, "my_2": 12},
        ),
        (
            (
                "eval test1ab2=5, test2ab3=10 | foreach test*ab* fieldstr=MYFIELD matchseg1=SEG1 "
                "matchseg2=SEG2 [eval MYFIELD = MYFIELD + SEG1 + SEG2]"
            ),
            {"test1ab2": 8, "test2ab3": 15},
        ),
        (
            'foreach name price [eval <<FIELD>> = "<<FIELD>>"]',
            {"name": "name", "price": "price"},
        ),
        (
            (
                'eval mv=mvappend("5", "15"), total=0, count=0 '
                "| foreach mode=multivalue mv [eval total = total + <<ITEM>>, count = count + 1]"
            ),
            {"mv": ["5", "15"], "total": 20, "count": 2},
        ),
        (
            (
                'eval numbers=split("1,2",","), result=0 '
                "| foreach mode=multivalue itemstr=<<N>> numbers [eval result=result+<<N>>]"
            ),
            {"numbers": ["1", "2"], "result": 3},
        ),
        (
            (
                "eval j=json_array(1,2,3), total=0 "
                "| foreach mode=json_array j [eval total = total + <<ITEM>>]"
            ),
            {"j": "[1,2,3]", "total": 6},
        ),
        (
            (
                "eval grades=json_array(1,2,3,4), weight=json_array(), sum=10 | foreach "
                'mode=json_array grades [eval weight = json_append(weight, "", <<ITEM>> / sum)] '
                "| table weight"
            ),
            {"weight": "[0.1,0.2,0.3,0.4]"},
        ),
        (
            (
                'eval who=mvappend("Alex", "Claudia"), found=json_array() | foreach '
                'mode=multivalue who [eval found=json_append(found, "", <<ITEM>>)] | table found'
            ),
            {"found": '["Alex","Claudia"]'},
        ),
        (
            (
                'eval word=split("AB",""), nums=split("01","") | foreach word mode=multivalue '
                "[eval both=mvappend(both, <<ITEM>>.mvindex(nums, <<ITER>>))] | table both"
            ),
            {"both": ["A0", "B1"]},
        ),
        (
            (
                'eval m=mvappend("1", "2"), t=0 | foreach mode=auto_collections m '
                "[eval t = t + <<ITEM>>] | table t"
            ),
            {"t": 3},
        ),
        (
            (
                'eval m=mvappend("a", "b") | foreach mode=multivalue m '
                '[eval s=mvappend(s, "x<<ITEM>>")] | table s'
            ),
            {"s": ["xa", "xb"]},
        ),
    ],
)
def test_examples(search: str, row: Row) -> None:
    assert found(f"| makeresults | fields - _time | {search}") == [row]


@pytest.mark.parametrize(
    ("search", "error"),
    [
        ("foreach [eval a=1]", Malformed),
        ("foreach a b mode=multivalue [eval a=1]", Malformed),
        ("foreach mode=multivalue a [eval a=1 | eval b=2]", Malformed),
        ("foreach mode=sideways a [eval a=1]", Malformed),
        ("foreach a* [eval <<FIELD>> = ]", SplError),
    ],
)
def test_what_is_refused(search: str, error: type[SplError]) -> None:
    with pytest.raises(error):
        parse(f"| makeresults | {search}", InMemory())


def test_other_commands_than_eval() -> None:
    search = "* | foreach www* [where <<FIELD>> > 450] | table c"
    assert found(search, *WWW) == [{"c": "ACCESSORIES"}, {"c": "SIMULATION"}, {"c": "ARCADE"}]


def test_a_body_that_only_looks_like_eval() -> None:
    assert found("* | foreach www* [eval <b (c=none)]", *WWW) == []
