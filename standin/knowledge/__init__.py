"""What Splunk adds to an event when it is searched: fields, lookups, event types, tags."""

from standin.knowledge.calculated import Compiled
from standin.knowledge.knowledge import Knowledge
from standin.knowledge.refusal import KnowledgeRefused

__all__ = ["Compiled", "Knowledge", "KnowledgeRefused"]
