"""Unpacks a built app package as Splunk would install it."""

import shutil
import tarfile
from pathlib import Path, PurePosixPath

from standin.errors import PackageRefused


def install(package: Path, apps: Path) -> str:
    """Unpacks ``package`` (.tar.gz, .tgz, .spl) below ``apps``; returns the app id.

    An app already there is upgraded: its ``local`` folder and ``metadata/local.meta`` stay.
    """
    try:
        with tarfile.open(package, "r:gz") as archive:
            members = archive.getmembers()
            app = _app_id(package, members)
            _remove_shipped_files(apps / app)
            for member in members:
                _unpack(archive, member, apps)
    except (tarfile.TarError, OSError) as error:
        raise PackageRefused(
            f"{package} is not a readable .tar.gz package ({error}); build the app first"
        ) from error
    if not (apps / app / "default" / "app.conf").is_file():
        raise PackageRefused(f"{package} has no {app}/default/app.conf: not a Splunk app")
    return app


def _app_id(package: Path, members: list[tarfile.TarInfo]) -> str:
    for member in members:
        parts = PurePosixPath(member.name).parts
        if not parts or parts[0] == "/" or ".." in parts:
            raise PackageRefused(f"{package} holds an unsafe path: {member.name}")
        if not (member.isfile() or member.isdir()):
            raise PackageRefused(f"{package} holds a link or device: {member.name}")
    tops = {PurePosixPath(member.name).parts[0] for member in members}
    if len(tops) != 1:
        raise PackageRefused(f"{package} must hold exactly one folder, found {sorted(tops)}")
    return tops.pop()


def _remove_shipped_files(app: Path) -> None:
    if not app.is_dir():
        return
    for entry in app.iterdir():
        if entry.name == "local":
            continue
        if entry.name == "metadata":
            (entry / "default.meta").unlink(missing_ok=True)
        elif entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, apps: Path) -> None:
    target = apps / member.name
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source = archive.extractfile(member)
    if source is None:
        raise PackageRefused(f"{member.name} cannot be read from the package")
    with source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    target.chmod(member.mode & 0o755)
