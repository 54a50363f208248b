"""Every address of the client API asks for its scope: with that alone it answers, with all the others it does not."""

from typing import Any

from node.accounts import scopes, tokens

PUBLIC = """
    POST /api/v1/apps
    GET /api/v1/custom_emojis /api/v1/instance /api/v1/instance/activity /api/v1/instance/domain_blocks
        /api/v1/instance/extended_description /api/v1/instance/languages /api/v1/instance/peers /api/v1/instance/rules
        /api/v1/instance/translation_languages /api/v1/streaming/health /api/v2/instance
        /api/commensal/openapi.json /api/v1/instance/privacy_policy /api/v1/peers/search /api/oembed
"""
"""What says the same to everybody and looks at no token."""

ANY_TOKEN = "GET /api/v1/apps/verify_credentials"

READ_BY_ALL = """
    read:accounts GET /api/v1/accounts /api/v1/accounts/lookup /api/v1/accounts/{id} /api/v1/accounts/{id}/endorsements
        /api/v1/accounts/{id}/featured_tags /api/v1/accounts/{id}/followers /api/v1/accounts/{id}/following
        /api/v1/accounts/{id}/identity_proofs /api/v1/directory /api/v1/statuses/{id}/favourited_by
        /api/v1/statuses/{id}/reblogged_by
    read:statuses GET /api/v1/accounts/{id}/statuses /api/v1/polls/{id} /api/v1/statuses /api/v1/statuses/{id}
        /api/v1/statuses/{id}/card /api/v1/statuses/{id}/context /api/v1/statuses/{id}/history
        /api/v1/statuses/{id}/quotes
        /api/v1/timelines/public /api/v1/timelines/tag/{tag} /api/v1/timelines/link
    read:search GET /api/v2/search
    read GET /api/v1/tags/{tag} /api/v1/trends /api/v1/trends/statuses /api/v1/trends/tags /api/v1/trends/links
"""
"""Open to everybody; a token that is sent must reach far enough all the same."""

OWN = """
    read GET /api/v1/announcements
    read:accounts GET /api/v1/accounts/search /api/v1/accounts/verify_credentials /api/v1/endorsements
        /api/v1/featured_tags /api/v1/featured_tags/suggestions /api/v1/preferences /api/v1/suggestions
        /api/v2/suggestions /api/v1/profile
    read:blocks GET /api/v1/blocks /api/v1/domain_blocks
    read:bookmarks GET /api/v1/bookmarks
    read:favourites GET /api/v1/favourites
    read:filters GET /api/v1/filters /api/v1/filters/{id} /api/v2/filters /api/v2/filters/keywords/{id}
        /api/v2/filters/statuses/{id} /api/v2/filters/{id} /api/v2/filters/{id}/keywords /api/v2/filters/{id}/statuses
    read:follows GET /api/v1/accounts/familiar_followers /api/v1/accounts/relationships /api/v1/follow_requests
        /api/v1/followed_tags
    read:lists GET /api/v1/accounts/{id}/lists /api/v1/lists /api/v1/lists/{id} /api/v1/lists/{id}/accounts
        /api/v1/timelines/list/{id}
    read:mutes GET /api/v1/mutes
    read:notifications GET /api/v1/notifications /api/v1/notifications/policy /api/v1/notifications/requests
        /api/v1/notifications/requests/merged /api/v1/notifications/unread_count /api/v1/notifications/{id}
        /api/v2/notifications /api/v2/notifications/policy /api/v2/notifications/unread_count
        /api/v2/notifications/{key} /api/v2/notifications/{key}/accounts
    read:statuses GET /api/v1/conversations /api/v1/markers /api/v1/scheduled_statuses /api/v1/statuses/{id}/source
        /api/v1/timelines/direct /api/v1/timelines/home
    read:statuses POST /api/v1/statuses/{id}/translate
    write:accounts POST /api/v1/accounts /api/v1/accounts/{id}/endorse /api/v1/accounts/{id}/note
        /api/v1/accounts/{id}/pin /api/v1/accounts/{id}/unendorse /api/v1/accounts/{id}/unpin /api/v1/featured_tags
        /api/v1/statuses/{id}/pin /api/v1/statuses/{id}/unpin /api/v1/tags/{tag}/feature /api/v1/tags/{tag}/unfeature
    write:accounts PATCH /api/v1/accounts/update_credentials /api/v1/profile
    write:accounts DELETE /api/v1/featured_tags/{id} /api/v1/profile/avatar /api/v1/profile/header
        /api/v1/suggestions/{id}
    write:blocks POST /api/v1/accounts/{id}/block /api/v1/accounts/{id}/unblock /api/v1/domain_blocks
    write:blocks DELETE /api/v1/domain_blocks
    write:bookmarks POST /api/v1/statuses/{id}/bookmark /api/v1/statuses/{id}/unbookmark
    write:conversations POST /api/v1/conversations/{id}/read /api/v1/conversations/{id}/unread
    write:conversations DELETE /api/v1/conversations/{id}
    write:favourites POST /api/v1/statuses/{id}/favourite /api/v1/statuses/{id}/unfavourite
    write:filters POST /api/v1/filters /api/v2/filters /api/v2/filters/{id}/keywords /api/v2/filters/{id}/statuses
    write:filters PUT /api/v1/filters/{id} /api/v2/filters/{id} /api/v2/filters/keywords/{id}
    write:filters DELETE /api/v1/filters/{id} /api/v2/filters/{id} /api/v2/filters/keywords/{id}
        /api/v2/filters/statuses/{id}
    write:follows POST /api/v1/accounts/{id}/follow /api/v1/accounts/{id}/remove_from_followers
        /api/v1/accounts/{id}/unfollow /api/v1/follow_requests/{id}/authorize /api/v1/follow_requests/{id}/reject
        /api/v1/tags/{tag}/follow /api/v1/tags/{tag}/unfollow
    write:lists POST /api/v1/lists /api/v1/lists/{id}/accounts
    write:lists PUT /api/v1/lists/{id}
    write:lists DELETE /api/v1/lists/{id} /api/v1/lists/{id}/accounts
    write:media POST /api/v1/media /api/v2/media
    write:media GET /api/v1/media/{id}
    write:media PUT /api/v1/media/{id}
    write:media DELETE /api/v1/media/{id}
    write:mutes POST /api/v1/accounts/{id}/mute /api/v1/accounts/{id}/unmute /api/v1/statuses/{id}/mute
        /api/v1/statuses/{id}/unmute
    write:notifications POST /api/v1/notifications/clear /api/v1/notifications/{id}/dismiss
        /api/v1/notifications/requests/accept /api/v1/notifications/requests/dismiss
        /api/v2/notifications/{key}/dismiss
    write:notifications PUT /api/v1/notifications/policy
    write:notifications PATCH /api/v1/notifications/policy /api/v2/notifications/policy
    write:notifications DELETE /api/v1/notifications/destroy_multiple
    write:reports POST /api/v1/reports
    write:statuses POST /api/v1/markers /api/v1/polls/{id}/votes /api/v1/statuses /api/v1/statuses/{id}/reblog
        /api/v1/statuses/{id}/unreblog /api/v1/statuses/{id}/quotes/{quoting}/revoke
    write:statuses PUT /api/v1/statuses/{id} /api/v1/statuses/{id}/interaction_policy
    write:statuses DELETE /api/v1/statuses/{id}
    push GET /api/v1/push/subscription
    push POST /api/v1/push/subscription
    push PUT /api/v1/push/subscription
    push DELETE /api/v1/push/subscription
"""

STREAMS = {"/api/v1/streaming", "/api/v1/streaming/{stream}"}  # test_streaming.py
ENOUGH_TOO = {
    "profile": {"/api/v1/accounts/verify_credentials", "/api/v1/profile"},
    "read:search": {"/api/v1/accounts/search"},
}
"""Scopes that do besides the one named above."""


def table(text: str) -> dict[tuple[str, str], str]:
    """Scope by method and path."""
    found: dict[tuple[str, str], str] = {}
    scope = method = ""
    for word in text.split():
        if word.startswith("/"):
            found[method, word] = scope
        elif word.isupper():
            method = word
        else:
            scope = word
    return found


async def test_every_address_asks_for_its_scope(alice: Any, alpha: Any, wire: Any) -> None:
    public, read_by_all, own = (table(text) for text in (PUBLIC, READ_BY_ALL, OWN))
    there = {
        (route.method, route.resource.canonical)
        for route in alpha._runner.app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith("/api/")
        and not route.resource.canonical.startswith("/api/commensal/v1/")  # described and tested by its own document
        and not route.resource.canonical.endswith("/")
        and route.method != "HEAD"
    }
    described = {*public, *read_by_all, *own, *table(ANY_TOKEN)}
    assert {(method, path) for method, path in there if path not in STREAMS} == described

    held: dict[str, str] = {}
    async with alpha.writing() as work:
        for scope in sorted({*read_by_all.values(), *own.values()}):
            others = [name for name in scopes.KNOWN if not scopes.allow([name], scope)]
            held[scope] = await tokens.make(work, alice.account_id, "One", [scope])
            held["not " + scope] = await tokens.make(work, alice.account_id, "Others", others)
    for (method, path), scope in (read_by_all | own).items():
        address = path.replace("{id}", "1").replace("{tag}", "oak").replace("{key}", "1").replace("{quoting}", "1")
        response, content = await wire.ask(method, address, token=held[scope])
        assert response.status != 401, (method, path, content)
        if path != "/api/v1/accounts" or method != "POST":  # which is refused to every app, in words
            assert response.status != 403, (method, path, content)
        if not any(path in paths for paths in ENOUGH_TOO.values()):
            response, content = await wire.ask(method, address, token=held["not " + scope])
            assert response.status == 403, (method, path, content)
            assert "scope" in content["error"]
        response, content = await wire.ask(method, address)
        assert (response.status == 401) == ((method, path) in own), (method, path, content)
    for method, path in public:
        response, _ = await wire.ask(method, path)
        assert response.status in (200, 422), path
