"""What news is called in Mastodon's client API, for what apps show and what wakes them."""

TYPES = {
    "mention": "mention",
    "reply": "mention",
    "quoted": "quote",
    "message": "mention",
    "offer": "mention",
    "recommendation": "mention",
    "listing_answer": "mention",
    "follow": "follow",
    "follow_request": "follow_request",
    "invitation": "follow_request",
    "circle_request": "follow_request",
    "circle_invitation": "follow_request",
    "liked": "favourite",
    "passed_on": "reblog",
    "said": "status",
    "poll": "poll",
}
"""Our kinds that Mastodon has a word for. The others are told on the pages and by mail."""
