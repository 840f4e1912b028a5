"""A modular input that wants one process for all its stanzas, without any library."""

import os
import sys
import time
import xml.etree.ElementTree as ET

SCHEME = """<scheme><title>Shared</title><streaming_mode>xml</streaming_mode>
<use_single_instance>true</use_single_instance><endpoint><args>
<arg name="word"><required_on_create>true</required_on_create></arg></args></endpoint></scheme>"""


def main():
    if sys.argv[1:] == ["--scheme"]:
        print(SCHEME)
        return
    sys.stdout.write("<stream>")
    for stanza in ET.parse(sys.stdin).getroot().iterfind("configuration/stanza"):
        word = stanza.findtext("param[@name='word']")
        data = f"{os.getpid()} {word}"
        sys.stdout.write(f'<event stanza="{stanza.get("name")}"><data>{data}</data></event>')
    sys.stdout.flush()
    while True:
        time.sleep(60)


main()
