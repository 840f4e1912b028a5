"""What Splunk adds to an event when it is searched: fields, lookups, event types, tags."""

from standin.knowledge.knowledge import Compiled, Knowledge, Row, Value
from standin.knowledge.refusal import KnowledgeRefused

__all__ = ["Compiled", "Knowledge", "KnowledgeRefused", "Row", "Value"]
