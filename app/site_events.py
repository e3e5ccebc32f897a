"""Where a site posts its events, as the services tell it and as a run looks whether it does."""

POSTS_ELSEWHERE = "site_posts_elsewhere"
"""The matter of a site that posts them to somebody else, as a person is asked about it."""


def events_address(public_url: str, connection_id: str) -> str:
    """Where the site of a connection posts its events; `public_url`: where this service is reached, without a slash at the end."""
    return f"{public_url}/webhooks/oncord/{connection_id}"
