"""What is in the package, and what is not."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from pathlib import Path

from fmgstate import __version__
from tests.packaging import conf_file
from tests.packaging.conftest import APP, ROOT

# Every path of the package matches one of these; a library is named, or it does not ship.
ALLOWED = re.compile(
    r"""app\.manifest | LICENSE | NOTICE | CHANGELOG\.md | README\.md | VERSION
    | README/[a-z_]+\.conf\.spec
    | metadata/default\.meta
    | default/[a-z_]+\.conf | lookups/fmg_[a-z_]+\.csv
    | default/data/ui/(nav|views)/[a-z_]+\.xml
    | static/appIcon(Alt)?(_2x)?\.png
    | appserver/static/appIcon(Alt)?(_2x)?\.png
    | appserver/static/openapi\.json
    | appserver/static/js/build/(globalConfig\.json|licenses\.txt|[\w./-]+\.(js|css))
    | appserver/templates/base\.html
    | bin/fmg[a-z_]+\.py | bin/import_declare_test\.py | bin/fortimanager_policy_state_rh_\w+\.py
    | bin/fmgstate/([a-z]+/)?[a-z_]+\.py
    | lib/(async_timeout|certifi|charset_normalizer|defusedxml|idna|packaging|redis|requests|solnlib
        |sortedcontainers
        |splunklib|splunktaucclib|urllib3)/[\w./-]+\.(py|pyi|typed|pem|pyx|LICENSE)
    | lib/(async_timeout|certifi|charset_normalizer|defusedxml|idna|packaging|redis|requests|solnlib
        |sortedcontainers
        |splunklib|splunktaucclib|urllib3)/py\.typed
    | lib/(deprecation|socks|sockshandler)\.py
    | lib/[\w.]+-[\d.]+\.dist-info/(METADATA|LICENSE[\w.]*|licenses/[\w./-]+)
    """,
    re.VERBOSE,
)
SECRETS = re.compile(
    rb"""PRIVATE\ KEY-----\s+[A-Za-z0-9+/]{40}
    | (?i:password|passwd|token)["']?\s*[=:]\s*["']\w{6}
    | ^\w*(?i:password|passwd|token)[ ]=[ ]\w
    """,
    re.VERBOSE | re.MULTILINE,
)


def members(package: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(package) as tar:
        return tar.getmembers()


def files(package: Path) -> list[str]:
    return [one.name[len(APP) + 1 :] for one in members(package) if one.isfile()]


def test_only_what_is_allowed_ships(package: Path) -> None:
    assert [name for name in files(package) if not ALLOWED.fullmatch(name)] == []


def test_everything_lies_in_the_apps_folder_as_plain_files_of_nobody(package: Path) -> None:
    for one in members(package):
        assert one.name == APP or one.name.startswith(f"{APP}/")
        assert one.isdir() or one.isfile()
        assert (one.uid, one.gid, one.uname, one.gname) == (0, 0, "", "")
        assert one.mode == (0o755 if one.isdir() else 0o644)


def test_the_library_ships_whole_but_for_the_workers(package: Path) -> None:
    shipped = {name for name in files(package) if name.startswith("bin/fmgstate/")}
    here = {path.relative_to(ROOT).as_posix() for path in (ROOT / "bin/fmgstate").rglob("*.py")}
    workers = {name for name in here if name.startswith("bin/fmgstate/workers/")}
    assert (shipped, bool(workers)) == (here - workers, True)


def test_no_secret_ships_in_what_is_ours(app: Path) -> None:
    ours = [path for path in app.rglob("*") if path.is_file() and app / "lib" not in path.parents]
    ours = [path for path in ours if "js/build" not in path.as_posix()]
    assert len(ours) > 50
    assert [path.name for path in ours if SECRETS.search(path.read_bytes())] == []


def test_licences_of_the_libraries_ship(app: Path) -> None:
    without = [
        folder.name
        for folder in (app / "lib").glob("*.dist-info")
        if not [path for path in folder.rglob("*") if "LICEN" in path.name.upper()]
    ]
    # Apache-2.0 as this app: the text is in LICENSE.
    assert without == ["splunk_sdk-2.1.1.dist-info"]


def test_the_version_is_the_same_everywhere(app: Path) -> None:
    conf = conf_file.read(app / "default/app.conf")
    page = json.loads((app / "appserver/static/js/build/globalConfig.json").read_text("utf-8"))
    manifest = json.loads((app / "app.manifest").read_text("utf-8"))
    found = {
        "app.conf launcher": conf["launcher"]["version"],
        "app.conf id": conf["id"]["version"],
        "globalConfig": page["meta"]["version"],
        "manifest": manifest["info"]["id"]["version"],
        "VERSION": (app / "VERSION").read_text("utf-8").split()[0],
    }
    assert found == dict.fromkeys(found, __version__)


def test_the_version_is_written_in_one_place() -> None:
    """The changelog, which names every version there was, is the exception."""
    said = subprocess.run(
        ["git", "-c", "safe.directory=*", "grep", "-lFw", f'"{__version__}"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert said.stdout.split() == ["bin/fmgstate/__init__.py"]


def test_the_app_introduces_itself(app: Path) -> None:
    conf = conf_file.read(app / "default/app.conf")
    assert conf["ui"]["label"] == "Policy State for FortiManager"
    assert conf["package"]["id"] == conf["id"]["name"] == APP


def test_only_what_other_apps_searches_need_is_exported(app: Path) -> None:
    meta = conf_file.read(app / "metadata/default.meta")
    exported = {stanza: found.get("export") for stanza, found in meta.items()}
    knowledge = ("commands", "searchbnf", "props", "eventtypes", "tags")
    assert exported == {"": "none", "collections": None, **dict.fromkeys(knowledge, "system")}
    assert (
        meta["collections"]["access"] == "read : [ admin, sc_admin ], write : [ admin, sc_admin ]"
    )
    assert meta[""]["access"] == "read : [ * ], write : [ admin, sc_admin ]"


def test_accounts_reach_every_member_of_a_cluster(app: Path) -> None:
    assert conf_file.read(app / "default/server.conf")["shclustering"] == {
        f"conf_replication_include.{APP}_account": "true",
        f"conf_replication_include.{APP}_role": "true",
        f"conf_replication_include.{APP}_settings": "true",
    }


def test_accounts_are_guarded(app: Path) -> None:
    guard = conf_file.read(app / "default/restmap.conf")[f"admin:{APP}_configuration"]
    capabilities = {name: guard.get(f"capability.{name}") for name in ("get", "post", "delete")}
    assert set(capabilities.values()) == {"list_storage_passwords"}
    handler = (app / f"bin/{APP}_rh_account.py").read_text("utf-8")
    assert "handler=AccountHandler" in handler
