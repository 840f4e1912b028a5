"""``python -m standin``: installs packages, starts inputs, prints events until stopped."""

import argparse
import json
import signal
import sys
import tempfile
import time
from types import FrameType

from standin.errors import StandinError
from standin.instance import Standin


def main(arguments: list[str] | None = None) -> int:
    """Runs until Ctrl-C, SIGTERM or ``--seconds``; 1 when the stand-in refused something."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with (
            tempfile.TemporaryDirectory() as temporary,
            Standin(
                options.home or temporary,
                packages=options.package,
                python=options.python,
                admin_password=options.admin_password,
                web=options.web,
            ) as splunk,
        ):
            return _run(splunk, options)
    except KeyboardInterrupt:
        return 130
    except StandinError as error:
        print(f"standin: {error}", file=sys.stderr)
        return 1


def _run(splunk: Standin, options: argparse.Namespace) -> int:
    for index in options.index:
        splunk.create_index(index)
    for app, conf, stanza, *pairs in options.conf:
        splunk.set_conf(app, conf, stanza, _pairs(pairs))
    for kind, name, *pairs in options.input:
        splunk.start_input(kind, name, _pairs(pairs))
    ready = {"uri": splunk.uri, "home": str(splunk.home.path), "inputs": len(options.input)}
    if options.web:
        ready["web"] = splunk.web_uri
    print(json.dumps(ready), flush=True)
    seen, end = 0, time.monotonic() + options.seconds
    while options.seconds <= 0 or time.monotonic() < end:
        for row in splunk.search(after=seen, limit=1000):
            seen = row["_id"]
            print(
                json.dumps(
                    {key: row[key] for key in ("_time", "index", "sourcetype", "source", "_raw")}
                ),
                flush=True,
            )
        time.sleep(0.2)
    return 1 if splunk.refused else 0


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if any("=" not in text for text in texts):
        raise StandinError(f"settings must be key=value: {texts}")
    return pairs


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="standin", description=__doc__)
    parser.add_argument("--home", help="SPLUNK_HOME to make and keep; a temporary one by default")
    parser.add_argument("--package", action="append", required=True, help="built app (.tar.gz)")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the app")
    parser.add_argument("--index", action="append", default=[], help="index to make")
    parser.add_argument(
        "--conf", nargs="+", action="append", default=[], metavar="APP CONF STANZA key=value"
    )
    parser.add_argument(
        "--input", nargs="+", action="append", default=[], metavar="KIND NAME key=value"
    )
    parser.add_argument("--web", action="store_true", help="serve the apps' pages too")
    parser.add_argument(
        "--admin-password", default="", help="of the user admin; by default one that nobody knows"
    )
    parser.add_argument("--seconds", type=float, default=0, help="end by itself; 0 = never")
    options = parser.parse_args(arguments)
    if any(len(each) < 3 for each in options.conf) or any(len(each) < 2 for each in options.input):
        parser.error("--conf takes APP CONF STANZA key=value …, --input KIND NAME key=value …")
    return options


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
