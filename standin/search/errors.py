"""Why a search gives no results."""

from standin.errors import StandinError


class SearchFailed(StandinError):
    """The text is fine, its data or the user's rights are not; the message is for the user."""
