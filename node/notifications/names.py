"""What news is called in Mastodon's client API, for what apps show and what wakes them."""

DEALS = tuple(
    f"deal_{what}"
    for what in (
        "asked", "quoted", "agreed", "declined", "paper", "paid", "delivered", "done", "disputed", "over", "not_taken",
    )
)  # fmt: skip
"""What is told of a deal. Its ``subject_id`` is the deal; its ``cause`` names the step."""

TYPES = {
    "mention": "mention",
    "reply": "mention",
    "quoted": "quote",
    "message": "mention",
    "offer": "mention",
    "recommendation": "mention",
    "listing_answer": "mention",
    **dict.fromkeys(DEALS, "mention"),
    "born_of": "mention",
    "match": "status",
    "follow": "follow",
    "invitation_accepted": "follow",  # which makes both follow
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
