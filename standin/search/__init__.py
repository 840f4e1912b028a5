"""Search jobs: from a search's text to results that clients can fetch."""

from standin.search.errors import SearchFailed
from standin.search.jobs import Job, Jobs
from standin.search.question import Question

__all__ = ["Job", "Jobs", "Question", "SearchFailed"]
