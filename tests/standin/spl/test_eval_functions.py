"""Eval functions by families, with the documentation's own examples (facts, reworded)."""

from __future__ import annotations

from typing import Any

import pytest

from standin.spl.errors import Malformed, SplError, Undocumented
from standin.spl.values import Row
from tests.standin.spl.evaluating import shown

Case = tuple[str, Row, Any]

# Search Reference: Comparison and Conditional functions
CONDITIONAL: list[Case] = [
    ('case(status==200,"OK", status==404,"Not found")', {"status": "404"}, "Not found"),
    ('case(status==200,"OK", status==404,"Not found")', {"status": "406"}, None),
    ('case(status==200,"OK", true(),"Other")', {"status": "406"}, "Other"),
    ('case(status==200,"OK", true,"Other")', {"status": "406"}, "Other"),
    ('case(missing=1,"a", 1=1,"b")', {}, "b"),
    ('if(cidrmatch("123.132.32.0/25",ip), "local", "not")', {"ip": "123.132.32.127"}, "local"),
    ('if(cidrmatch("123.132.32.0/25",ip), "local", "not")', {"ip": "123.132.32.128"}, "not"),
    ('if(cidrmatch("182.236.164.11/16", ip), 1, 0)', {"ip": "182.236.9.9"}, "1"),
    (
        'if(cidrmatch("2001:0db8:ffff:ffff:ffff:ffff:ffff:ff00/120", ip), 1, 0)',
        {"ip": "2001:0db8:ffff:ffff:ffff:ffff:ffff:ff99"},
        "1",
    ),
    ('if(cidrmatch("10.0.0.0/8", ip), 1, 0)', {"ip": "host"}, "0"),
    ("coalesce(a, b)", {"b": "2"}, "2"),
    ("coalesce(a, b)", {"a": "", "b": "2"}, ""),
    ("coalesce(a, b)", {}, None),
    ('if(error == 200, "OK", "Error")', {}, "Error"),
    ('if(in(status,"404","500"),"true","false")', {"status": "500"}, "true"),
    ('if(like(field, "foo%"), 1, 0)', {"field": "foobar"}, "1"),
    ('if(like(field, "foo%"), 1, 0)', {"field": "Foobar"}, "0"),
    (r'if(like(path, "%\\Temp\\%"), 1, 0)', {"path": r"C:\Temp\a.exe"}, "1"),
    ('if(like(field, "a.c"), 1, 0)', {"field": "abc"}, "0"),
    (r'if(match(field, "^\d{1,3}\.\d{1,3}$"), 1, 0)', {"field": "10.2"}, "1"),
    (r'if(match(test, "\"yes\""), 1, 0)', {"test": '"yes"'}, "1"),
    ('if(match(user, "(?i)ADMIN"), 1, 0)', {"user": "an admin"}, "1"),
    ("null()", {}, None),
    ('nullif(names, "rarity")', {"names": "rarity"}, None),
    ('nullif(names, "dash")', {"names": "rarity"}, "rarity"),
    ("nullif(names, missing)", {"names": "rarity"}, "rarity"),
    ('validate(isint(port), "no integer", port<=65535, "range")', {"port": "x"}, "no integer"),
    ('validate(isint(port), "no integer", port<=65535, "range")', {"port": "70000"}, "range"),
    ('validate(isint(port), "no integer", port<=65535, "range")', {"port": "80"}, None),
    ('if(searchmatch("x=hi y=*"), "yes", "no")', {"x": "hi", "y": "bye"}, "yes"),
    ('if(searchmatch("x=hi y=*"), "yes", "no")', {"x": "hi"}, "no"),
]

# Search Reference: Conversion functions
CONVERSION: list[Case] = [
    (
        'tostring(1==1) + " " + tostring(15, "hex") + " " + tostring(12345.6789, "commas")',
        {},
        "True 0xF 12,345.68",
    ),
    ('tostring(615, "duration")', {}, "00:10:15"),
    ('tostring(93784, "duration")', {}, "1+02:03:04"),
    ('tostring(9, "binary")', {}, "1001"),
    ('tostring("5", "binary")', {}, "5"),
    ('tostring(x, "commas")', {"x": "1000000.1278"}, "1,000,000.13"),
    ('tostring(x, "commas")', {"x": "1000000"}, "1,000,000"),
    ('tostring(x, "commas")', {"x": "none"}, "none"),
    ('tostring(x, "hex")', {"x": "-1"}, None),
    ('tonumber("0A4",16)', {}, "164"),
    ('tonumber("0101", 2)', {}, "5"),
    ("tonumber(x)", {"x": " 5"}, None),
    ("tonumber(trim(x))", {"x": " 5"}, "5"),
    ("tonumber(x)", {"x": "seven"}, None),
    ("tonumber(x, 2)", {"x": "12"}, None),
    ('toint("24")', {}, "24"),
    ("toint(3.14)", {}, "3"),
    ("toint(x)", {"x": "-3.5"}, "-4"),
    ("todouble(5)", {}, "5.0"),
    ('todouble("16.00")', {}, "16.00"),
    ('todouble("number")', {}, None),
    ('if(tobool(units), "In", "Out")', {"units": "12"}, "In"),
    ('if(tobool(units), "In", "Out")', {"units": "0"}, "Out"),
    ('if(tobool("True"), 1, 0)', {}, "1"),
    ('if(isnull(tobool("yes")), 1, 0)', {}, "1"),
    ('ipmask("255.255.255.0", "10.20.30.120")', {}, "10.20.30.0"),
    ('ipmask("0.255.0.224", "10.20.30.120")', {}, "0.20.0.96"),
    ('printf("%.3A",pi())', {}, "0X1.922P+1"),
    ('printf("%c,%c",65,"Foo")', {}, "A,F"),
    ('printf("%d,%i,%d",-2,+4,30)', {}, "-2,4,30"),
    ('printf("%.2e",5139)', {}, "5.14e+03"),
    ('printf("%.2f",pi())', {}, "3.14"),
    ('printf("%.2g,%.2g",pi(),123)', {}, "3.1,1.2e+02"),
    ('printf("%o",255)', {}, "377"),
    ('printf("%s%z", "foo", "bar")', {}, "foobar"),
    ('printf("%u",99)', {}, "99"),
    ('printf("%x,%X,%p",10,10,10)', {}, "a,A,A"),
    ('printf("100%%")', {}, "100%"),
    ('printf("%\'d",12345)', {}, "12,345"),
    ('printf("%-4d|",1)', {}, "1   |"),
    ('printf("%04d",1)', {}, "0001"),
    ('printf("%+4d",1)', {}, "  +1"),
    ('printf("%#x", 1)', {}, "0x1"),
    ('printf("%*d", 5, 123)', {}, "  123"),
    ('printf("%.*f", 1, 1.23)', {}, "1.2"),
    ('printf("%*.*e", 9, 2, pi())', {}, " 3.14e+00"),
    ('printf("%04.4f %-6s|",a,b)', {"a": "1.5", "b": "x"}, "1.5000 x     |"),
]

# Search Reference: Mathematical functions, Statistical eval functions
MATHEMATICAL: list[Case] = [
    ("abs(-10.95)", {}, "10.95"),
    ("ceil(1.9)", {}, "2"),
    ("ceiling(-1.5)", {}, "-1"),
    ("floor(1.9)", {}, "1"),
    ("exp(0)", {}, "1"),
    ("ln(1)", {}, "0"),
    ("log(8,2)", {}, "3"),
    ("log(1000)", {}, "3"),
    ("pi()", {}, "3.14159265358"),
    ("pow(2,53)-1", {}, "9007199254740991"),
    ("pow(radius,2)", {"radius": "3"}, "9"),
    ("round(3.5)", {}, "4"),
    ("round(2.555, 2)", {}, "2.56"),
    ("round(-2.5)", {}, "-3"),
    ("round(x)", {"x": "no"}, None),
    ("round(10/3, 2)", {}, "3.33"),
    ("sigfig(1.00*1111)", {}, "1110"),
    ("sigfig(123.0+4.567)", {}, "127.6"),
    ("sigfig(test*1.00)", {"test": "3.990000000000215"}, "3.99"),
    ("sqrt(9)", {}, "3"),
    ("sum(a, b, c)", {"a": "5.0", "b": "9"}, "14"),
    ("sum(1, 2, 3)", {}, "6"),
    ("sum(a, 2, 3)", {"a": "somedata"}, "5"),
    ("sum(n)", {"n": ["1", "2", "x"]}, "3"),
    ("avg(a, b, c)", {"a": "5.0", "b": "9"}, "7"),
    ("avg(a, 2, 3)", {"a": "somedata"}, "2.5"),
    ('max(1, 3, 6, 7, "foo", name)', {"name": "baz"}, "foo"),
    ('max(1, 3, 6, 7, "foo", name)', {"name": "zaz"}, "zaz"),
    ("max(n)", {"n": ["1", "3", "5", "6", "4", "2"]}, "6"),
    ("max(n)", {"n": ["9", "10"]}, "10"),
    ('min(3, 6, 7, "maria", size)', {"size": "9"}, "3"),
    ('min(3, 6, 7, "maria", size)', {"size": "1"}, "1"),
    ("min(n)", {"n": ["3", "5", "6", "4", "7", "2"]}, "2"),
    ("if(random()>=0 AND random()<=2147483647, 1, 0)", {}, "1"),
    # The page speaks of rounding where operators are: these keep all digits (ours).
    ("pow(2, 0.5)", {}, "1.4142135623730951"),
    ("pow(x, 2)", {"x": "2.5"}, "6.25"),
    ("exp(0.5)", {}, "1.6487212707001282"),
    ("ln(2.5)", {}, "0.9162907318741551"),
    ("log(2.5)", {}, "0.3979400086720376"),
    ("sqrt(x)", {"x": "0.5"}, "0.7071067811865476"),
    ("x*x", {"x": "2.5"}, "6.3"),
    # Search Reference: eval: nan, inf
    ("sqrt(-1)", {}, "nan"),
    ("exp(1000)", {}, "inf"),
    ("0-exp(1000)", {}, "-inf"),
    # Search Reference: Trigonometry and Hyperbolic functions
    ("acos(0)", {}, "1.5707963267948966"),
    ("acos(0)*180/pi()", {}, "90.0000000003"),
    ("acosh(2)", {}, "1.3169578969248166"),
    ("asin(1)", {}, "1.5707963267948966"),
    ("asinh(1)", {}, "0.881373587019543"),
    ("atan(0.50)", {}, "0.46"),
    ("atan2(0.50, 0.75)", {}, "0.59"),
    ("atanh(0.500)", {}, "0.549"),
    ("cos(-1)", {}, "0.5403023058681398"),
    ("cos(pi())", {}, "-1.00000000000"),
    ("cosh(1)", {}, "1.5430806348152437"),
    ("hypot(3,4)", {}, "5"),
    ("sin(1)", {}, "0.8414709848078965"),
    ("sinh(1)", {}, "1.1752011936438014"),
    ("tan(1)", {}, "1.5574077246549023"),
    ("tan(135)", {}, "-0.08871575677006045"),
    ("tanh(1)", {}, "0.7615941559557649"),
    # Search Reference: Bitwise functions
    ("bit_and(12, 9)", {}, "8"),
    ("bit_or(4, 2)", {}, "6"),
    ("bit_xor(3, 2)", {}, "1"),
    ("bit_not(9)", {}, "9007199254740982"),
    ('bit_not(9, tonumber("1111", 2))', {}, "6"),
    ("bit_shift_left(2, 1)", {}, "4"),
    ("bit_shift_left(1, 53)", {}, "0"),
    ("bit_shift_left(3, 52)", {}, "4503599627370496"),
    ("bit_shift_left(3, 57)", {}, "0"),
    ("bit_shift_left(3, pow(2,53))", {}, None),
    ("bit_shift_left(3, -2)", {}, None),
    ("bit_shift_right(4, 1)", {}, "2"),
    ("bit_and(pow(2,53), 1)", {}, None),
]

# Search Reference: Text functions, Cryptographic functions
TEXT: list[Case] = [
    ("len(names)", {"names": "buttercup"}, "9"),
    ("length(names)", {"names": "é€"}, "2"),
    ("lower(x)", {"x": "ABC"}, "abc"),
    ("upper(x)", {"x": ["a", "b"]}, ["A", "B"]),
    ('ltrim("   ZZZZabcZZ ", " Z")', {}, "abcZZ "),
    ('rtrim("   ZZZZabcZZ ", " Z")', {}, "   ZZZZabc"),
    ('trim("   ZZZZabcZZ ", " Z")', {}, "abc"),
    ('trim(" \t a ")', {}, "a"),
    ('ltrim(NET_COST, "$")', {"NET_COST": "$5"}, "5"),
    (r'replace(date, "^(\d{1,2})/(\d{1,2})/", "\2/\1/")', {"date": "1/14/2023"}, "14/1/2023"),
    ('replace(dst,":.*","")', {"dst": "54.81.233.206:443:X1"}, "54.81.233.206"),
    (r'replace(path,"\\\\","/")', {"path": r"C:\a\b"}, "C:/a/b"),
    ('replace(x,"a*","-")', {"x": "bac"}, "-b--c-"),
    ('substr("string", 1, 3) + substr("string", -3)', {}, "string"),
    ('substr("string", 3)', {}, "ring"),
    ('substr("string", 0, 3)', {}, "st"),
    ('substr("string", -2, 1)', {}, "n"),
    ('substr("string", 4, -2)', {}, "tr"),
    ('substr("string", 10)', {}, ""),
    ('substr("abc", -5)', {}, "abc"),
    ('substr("abc", -5, 3)', {}, "a"),
    ('substr("abc", 0)', {}, "abc"),
    (
        'urldecode("http%3A%2F%2Fwww.splunk.com%2Fdownload%3Fr%3Dheader")',
        {},
        "http://www.splunk.com/download?r=header",
    ),
    ('spath(x, "a.b{}.c")', {"x": '{"a":{"b":[{"c":1},{"c":"2"}]}}'}, ["1", "2"]),
    ('md5("abc")', {}, "900150983cd24fb0d6963f7d28e17f72"),
    ('sha1("abc")', {}, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        'sha256("abc")',
        {},
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    ('substr(sha512("abc"), 1, 16)', {}, "ddaf35a193617aba"),
    ("md5(missing)", {}, None),
]

# Search Reference: Informational functions
INFORMATION: list[Case] = [
    (
        'typeof(12) + typeof("string") + typeof(1==2) + typeof(badfield)',
        {},
        "NumberStringBoolInvalid",
    ),
    ("typeof(x)", {"x": "15"}, "Number"),
    ("typeof(tostring(x))", {"x": "15"}, "String"),
    ('if(isnum("NaN"), "true", "false")', {}, "false"),
    ('if(isnum(strval), "true", "false")', {"strval": "NaN"}, "true"),
    ('if(isnum(strval % 1), "true", "false")', {"strval": "NaN"}, "true"),
    ("strval % 1", {"strval": "NaN"}, "NaN"),
    ('if(isstr("NaN"), "true", "false")', {}, "true"),
    ('if(isstr(strval), "true", "false")', {"strval": "NaN"}, "true"),
    ('if(isnum(numval), match(numval,"NaN"), false)', {"numval": "NaN"}, "True"),
    ('if(isstr("5"), 1, 0)', {}, "1"),
    ("if(isstr(x), 1, 0)", {"x": "5"}, "0"),
    ("if(isint(x), 1, 0)", {"x": "5"}, "1"),
    ("if(isint(x), 1, 0)", {"x": "5.5"}, "0"),
    ("if(isdouble(3.546), 1, 0)", {}, "1"),
    ("if(isdouble(1000000), 1, 0)", {}, "0"),
    ("if(isbool(1==2), 1, 0)", {}, "1"),
    ("if(isbool(a), 1, 0)", {"a": "true"}, "0"),
    ('if(isarray("[1, 2, 3]"), "True", "False")', {}, "True"),
    ("if(isarray(1), 1, 0)", {}, "0"),
    ('if(isobject("games"), 1, 0)', {}, "0"),
    ("if(isobject(games), 1, 0)", {"games": '{"type": "competitive"}'}, "1"),
    (r'if(isobject("{cities: \"3\"}"), 1, 0)', {}, "0"),
    ('if(ismv(split("1, 2, 3", ",")), 1, 0)', {}, "1"),
    ("if(ismv(x), 1, 0)", {"x": "1"}, "0"),
]


@pytest.mark.parametrize(
    ("expression", "row", "expected"),
    CONDITIONAL + CONVERSION + MATHEMATICAL + TEXT + INFORMATION,
)
def test_functions(expression: str, row: Row, expected: Any) -> None:
    assert shown(expression, row) == expected


REFUSED: list[tuple[str, type[SplError]]] = [
    # Search Reference: Conversion functions: a text that is no number fails
    ('tonumber("seven")', Malformed),
    ('tonumber("1", 37)', Malformed),
    ('tostring(5, "octal")', Malformed),
    ('printf("%n", 1)', Malformed),
    ('printf("%d")', Malformed),
    # Mathematical and Statistical eval functions: literal texts fail
    ('sum(1, 2, "3")', Malformed),
    ('avg("somedata", 2, 3)', Malformed),
    ('round("3")', Malformed),
    ("round(1, -1)", Malformed),
    ('match(x, "(")', Malformed),
    ("mvfilter(a=b)", Malformed),
    # Text functions: not supported on multivalue fields
    ("len(mv)", Undocumented),
    ('replace(mv, "a", "b")', Undocumented),
    ("substr(mv, 1)", Undocumented),
]


@pytest.mark.parametrize(("expression", "error"), REFUSED)
def test_refused(expression: str, error: type[SplError]) -> None:
    with pytest.raises(error) as caught:
        shown(expression, {"mv": ["a", "b"], "a": "1", "b": "1", "x": "x"})
    assert caught.value.position is not None
