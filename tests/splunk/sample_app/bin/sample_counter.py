"""A modular input that does what add-ons do: account, log level, checkpoint, events."""

import json
import signal
import sys
import time

from solnlib import conf_manager, log
from solnlib.modular_input import checkpointer
from splunklib import modularinput as smi

APP = "sample_app"


class SampleCounter(smi.Script):
    def get_scheme(self):
        scheme = smi.Scheme("Sample counter")
        scheme.description = "Counts"
        scheme.use_external_validation = True
        scheme.streaming_mode_xml = True
        scheme.use_single_instance = False
        scheme.add_argument(smi.Argument("name", required_on_create=True))
        scheme.add_argument(smi.Argument("account", required_on_create=True))
        scheme.add_argument(smi.Argument("to", required_on_create=True))
        scheme.add_argument(smi.Argument("mode", required_on_create=False))
        return scheme

    def validate_input(self, definition):
        if not definition.parameters["to"].isdigit():
            raise ValueError(f"to = {definition.parameters['to']!r}: give a number, such as 3")

    def stream_events(self, inputs, ew):
        key = inputs.metadata["session_key"]
        for stanza, settings in inputs.inputs.items():
            count(key, stanza, settings, ew)


def count(key, stanza, settings, ew):
    logger = log.Logs().get_logger("sample_app_counter")
    logger.setLevel(
        conf_manager.get_log_level(
            logger=logger, session_key=key, app_name=APP, conf_name="sample_app_settings"
        )
    )
    conf = "sample_app_account"
    realm = f"__REST_CREDENTIAL__#{APP}#configs/conf-{conf}"
    accounts = conf_manager.ConfManager(key, APP, realm=realm).get_conf(conf)
    account = accounts.get(settings["account"])
    state = checkpointer.KVStoreCheckpointer("sample_app_checkpoints", key, APP)
    done = (state.get(stanza) or {}).get("done", 0)
    logger.info("counting from %s to %s", done, settings["to"])
    logger.debug("a line for the curious")
    ew.log(ew.INFO, f"begins at {done}")
    for number in range(done + 1, int(settings["to"]) + 1):
        body = {"number": number, "url": account["url"], "letters": len(account["password"])}
        ew.write_event(smi.Event(stanza=stanza, time=1000000000 + number, data=json.dumps(body)))
        state.update(stanza, {"done": number})
    MODES.get(settings.get("mode"), lambda _ew, _stanza: None)(ew, stanza)


def hang(_ew, _stanza):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)


def deaf(_ew, _stanza):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stderr.write("WARN deaf now\n")
    sys.stderr.flush()
    while True:
        time.sleep(60)


def broken(_ew, _stanza):
    sys.stdout.write("a forgotten print & so on")
    sys.stdout.flush()
    sys.stderr.write("no level here\n")
    sys.exit(3)


def split(ew, stanza):
    for text, done in (('{"number": ', False), ("99}", True)):
        ew.write_event(smi.Event(stanza=stanza, time=1000000099, data=text, done=done))


def elsewhere(ew, stanza):
    ew.write_event(smi.Event(stanza=stanza, data="lost", index="nowhere"))


MODES = {"hang": hang, "deaf": deaf, "broken": broken, "split": split, "elsewhere": elsewhere}

if __name__ == "__main__":
    sys.exit(SampleCounter().run(sys.argv))
