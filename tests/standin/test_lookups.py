"""Lookups of an instance: collections of the KV store, and where files are made.

Knowledge Manager Manual, "Configure KV Store lookups"; Admin Manual: transforms.conf; Search
Reference: lookup, inputlookup, outputlookup.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from standin import Standin
from standin.index.indexer import Piece
from standin.search.errors import SearchFailed
from standin.spl.errors import Undocumented

TRANSFORMS = """
[customers]
external_type = kvstore
collection = people
fields_list = _key, id, name city
[large]
external_type = kvstore
collection = people
fields_list = id name
filter = (id>500) AND (name="P*")
[lower]
external_type = kvstore
collection = people
fields_list = city name
case_sensitive_match = false
[secret]
external_type = kvstore
collection = secrets
fields_list = id
[missing]
external_type = kvstore
collection = nowhere
fields_list = id
[some]
filename = some.csv
filter = kind=a*
[wrong]
filename = some.csv
filter = (kind=
"""
COLLECTIONS = "[people]\nreplicate = true\nfield.id = number\n[secrets]\n"
META = """
[]
access = read : [ * ], write : [ admin ]
export = system
[collections/secrets]
access = read : [ admin ], write : [ nobody ]
"""
PROPS = """
[orders]
SHOULD_LINEMERGE = false
TIME_FORMAT = %Y-%m-%d
LOOKUP-customer = customers id OUTPUT name city
"""
FILES = {
    "default/transforms.conf": TRANSFORMS,
    "default/collections.conf": COLLECTIONS,
    "default/props.conf": PROPS,
    "default/app.conf": "[ui]\n",
    "metadata/default.meta": META,
    "lookups/some.csv": "kind,n\na1,1\nb,2\na2,3\n",
}
PEOPLE: list[dict[str, Any]] = [
    {"_key": "k1", "id": 410, "name": "Ann", "city": "york", "hidden": "x"},
    {"_key": "k2", "id": 600, "name": "Peter", "city": "bath"},
    {"_key": "k3", "id": 700, "name": "Rose"},
]


@pytest.fixture
def splunk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standin]:
    """An instance with an app, its collection of three people, and one event."""
    with Standin(tmp_path_factory.mktemp("lookups") / "home") as instance:
        app = instance.home.app("shop")
        for name, text in FILES.items():
            path = app / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        instance.create_index("netops")
        instance.parts.forget()
        instance.parts.kvstore.save("shop", "people", [{**each} for each in PEOPLE])
        piece = Piece("2025-03-03 id=410 n=2", None, "netops", "h", "s", "orders")
        instance.parts.indexer.take([piece])
        yield instance


def rows(splunk: Standin, search: str, user: str = "admin", app: str = "shop") -> list[Any]:
    return splunk.results(search, app=app, user=user)


def test_a_collection_is_read(splunk: Standin) -> None:
    """Only the fields of fields_list; numbers are text; filter is a search expression; the
    definition is found in other apps that may see it, the collection in the definition's app."""
    cases = [
        ("| inputlookup customers", [
            {"_key": "k1", "id": "410", "name": "Ann", "city": "york"},
            {"_key": "k2", "id": "600", "name": "Peter", "city": "bath"},
            {"_key": "k3", "id": "700", "name": "Rose"},
        ]),
        ("| inputlookup customers where id>500 | table name",
         [{"name": "Peter"}, {"name": "Rose"}]),
        ('| inputlookup customers where _key="k3" | table name', [{"name": "Rose"}]),
        ("| inputlookup start=1 max=1 customers | table name", [{"name": "Peter"}]),
        ("| inputlookup large", [{"id": "600", "name": "Peter"}]),
        ("| makeresults | eval id=600 | lookup large id OUTPUT name | table name",
         [{"name": "Peter"}]),
        ("| makeresults | eval key=\"k3\" | lookup customers _key AS key OUTPUT name | table name",
         [{"name": "Rose"}]),
        ("| inputlookup some | table n", [{"n": "1"}, {"n": "3"}]),
    ]  # fmt: skip
    for search, expected in cases:
        assert rows(splunk, search, app="search") == expected, search


def test_fields_compared_by_size_are_typed(splunk: Standin) -> None:
    """Search Reference: inputlookup, example 4: else the where clause does not work."""
    with pytest.raises(Undocumented, match="city is not compared by size"):
        rows(splunk, "| inputlookup lower where city>5")
    assert rows(splunk, '| inputlookup lower where city="a<b"') == []


def test_case_of_a_collection(splunk: Standin) -> None:
    """case_sensitive_match = false is obeyed where all data is in lower case."""
    search = '| makeresults | eval city="BATH" | lookup lower city OUTPUT name | table city name'
    assert rows(splunk, search) == [{"city": "BATH"}]
    splunk.parts.kvstore.save("shop", "people", [
        {"_key": "k1", "city": "york", "name": "ann"}, {"_key": "k2", "city": "bath", "name": "p"},
        {"_key": "k3"},
    ])  # fmt: skip
    assert rows(splunk, search) == [{"city": "BATH", "name": "p"}]


def test_a_collection_is_written(splunk: Standin) -> None:
    """append=true replaces the documents of the same _key; without it all are replaced; key_field
    names the field that holds the key, and appends unless append=false is said."""
    row = "| makeresults | eval {} | fields - _time | outputlookup {} customers"
    everyone = "| inputlookup customers | eval n=_key | table n id name"
    kept = [{"n": "k1", "id": "410", "name": "Ann"}, {"n": "k2", "id": "600", "name": "Peter"}]
    rows(splunk, row.format('_key="k3", name="Rosa", other=1', "append=true"))
    assert rows(splunk, everyone) == [*kept, {"n": "k3", "name": "Rosa"}]
    rows(splunk, row.format('id="k9", name="Zoe"', "key_field=id"))
    assert rows(splunk, everyone)[3:] == [{"n": "k9", "id": "k9", "name": "Zoe"}]
    # The key counts where fields_list does not name it, too.
    rows(splunk, '| makeresults | eval _key="k9", name="Zoey" | outputlookup append=t lower')
    assert rows(splunk, everyone)[3:] == [{"n": "k9", "name": "Zoey"}]
    with pytest.raises(SearchFailed, match="allow_updates=false"):
        rows(splunk, row.format('id="k9"', "key_field=id allow_updates=f"))
    rows(splunk, row.format('id="k7", name="Tom"', "append=false key_field=id"))
    assert rows(splunk, everyone) == [{"n": "k7", "id": "k7", "name": "Tom"}]
    rows(splunk, row.format('_key="k2", name="Only"', ""))
    assert splunk.parts.kvstore.documents("shop", "people") == [
        {"_key": "k2", "_user": "nobody", "name": "Only"}
    ]


def test_who_may(splunk: Standin) -> None:
    """Access lists of a collection; a collection that is not there is no empty table."""
    splunk.add_user("joe", "changeme1", ["user"])
    assert len(rows(splunk, "| inputlookup customers", user="joe")) == 3
    cases = [
        ("| inputlookup secret", "joe", "may not read the collection secrets"),
        ("| makeresults | outputlookup customers", "joe", "may not write the collection people"),
        ("| inputlookup missing", "admin", "does not have in collections.conf"),
    ]
    for search, user, why in cases:
        with pytest.raises(SearchFailed, match=why):
            rows(splunk, search, user=user)


def test_an_automatic_lookup_of_a_collection(splunk: Standin) -> None:
    """Knowledge Manager Manual, "Make your lookup automatic": the collection is replicated."""
    search = "index=netops | table id name city"
    assert rows(splunk, search) == [{"id": "410", "name": "Ann", "city": "york"}]
    splunk.parts.kvstore.save("shop", "people", [{"_key": "k1", "id": "410", "name": "Anna"}])
    assert rows(splunk, search) == [{"id": "410", "name": "Anna"}]
    (splunk.home.app("shop") / "default" / "collections.conf").write_text("[people]\n")
    splunk.parts.forget()
    with pytest.raises(SearchFailed, match="replicate = true"):
        rows(splunk, search)


def test_where_a_new_file_is_made(splunk: Standin) -> None:
    """outputlookup, createinapp, create_context, create_empty, override_if_empty; a filter
    stays out of what is appended to."""
    home = splunk.home
    for options, folder in (
        ("", home.app("shop")),
        ("createinapp=f", home.app("system")),
        ("create_context=system", home.app("system")),
        ("createinapp=t create_context=user", home.app("shop")),
        ("create_context=user", home.path / "etc" / "users" / "admin" / "shop"),
    ):
        rows(splunk, f"| makeresults | eval a=1 | table a | outputlookup {options} new.csv")
        path = folder / "lookups" / "new.csv"
        assert path.read_text() == "a\n1\n", options
        path.unlink()
    none = "| makeresults | eval a=1 | table a | where a=2 | outputlookup {} some.csv"
    path = home.app("shop") / "lookups" / "some.csv"
    kept = path.read_text()
    for options, text in (("override_if_empty=f", kept), ("create_empty=t", ""), ("", None)):
        path.write_text(kept)
        rows(splunk, none.format(options))
        assert (path.read_text() if path.exists() else None) == text, options
    path.write_text(kept)
    rows(splunk, '| makeresults | eval kind="c", n=4 | table kind n | outputlookup append=t some')
    text = (home.app("shop") / "lookups" / "some.csv").read_text()
    assert text == "kind,n\na1,1\nb,2\na2,3\nc,4\n"
    with pytest.raises(SearchFailed, match=r"transforms.conf \[wrong\] filter: A value is missing"):
        rows(splunk, "| inputlookup wrong")
