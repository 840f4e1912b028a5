"""Urls are text: what is put together comes apart again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmgstate.fortimanager import urls


def test_names_are_joined_and_their_slashes_escaped() -> None:
    assert urls.path("pm", "config", "adom", "root", "obj", "firewall", "address", "net/24") == (
        r"/pm/config/adom/root/obj/firewall/address/net\/24"
    )
    assert json.dumps({"url": urls.path("net/24")}) == r'{"url": "/net\\/24"}'


def test_a_package_in_folders_is_one_name_a_step() -> None:
    assert urls.path("pm", "pkg", "adom", "root", *["folder1", "folder2", "pkg"]) == (
        "/pm/pkg/adom/root/folder1/folder2/pkg"
    )


@given(st.lists(st.text(st.characters(exclude_characters="\\\0")).filter(bool), min_size=1))
def test_steps_undo_path(names: list[str]) -> None:
    assert urls.steps(urls.path(*names)) == names


@pytest.mark.parametrize(
    ("url", "adom"),
    [
        ("/dvmdb/adom/Branches/device", "Branches"),
        (r"/pm/config/adom/a\/b/obj/firewall/address", "a/b"),
        ("/pm/pkg/adom/root", "root"),
        ("/pm/pkg/global", "global"),
        ("/pm/config/global/obj/firewall/address", "global"),
        ("/dvmdb/adom", ""),
        ("/sys/status", ""),
        ("", ""),
    ],
)
def test_the_adom_of_a_url(url: str, adom: str) -> None:
    assert urls.adom(url) == adom
