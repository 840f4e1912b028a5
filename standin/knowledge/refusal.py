"""How a conf the stand-in does not understand is refused."""

from standin.errors import StandinError


class KnowledgeRefused(StandinError):
    """A setting that splunkd might obey and the stand-in cannot: names conf, stanza and key."""

    def __init__(self, conf: str, stanza: str, key: str, why: str) -> None:
        super().__init__(f"{conf}.conf [{stanza}] {key}: {why}")
        self.conf = conf
        self.stanza = stanza
        self.key = key
        self.why = why
