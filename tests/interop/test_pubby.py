"""Pubby, which signs in the older way alone and knows no proofs, and a node of ours understand each other."""

from typing import Any

import pytest

from support.app import App
from support.interop import eventually
from support.processes import Place

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="session")]


async def acquainted(alpha: Place, pubby: Any) -> App:
    app = await alpha.member("vera")
    id = await app.follow(pubby.handle("paula"))
    await pubby.tell("paula", "follow", who=f"{alpha.base}/ap/actors/vera")
    bond = f"/api/v1/accounts/relationships?id[]={id}"
    await eventually(app, bond, lambda found: found[0]["following"] and found[0]["followed_by"])
    return app


async def test_posts_answers_likes_and_quotes_both_ways(alpha: Place, pubby: Any) -> None:
    app = await acquainted(alpha, pubby)
    vera = f"{alpha.base}/ap/actors/vera"
    assert (await pubby.heard("paula", "follow answered"))["yes"]
    theirs = (await pubby.tell("paula", "post", content="<p>Who has a van?</p>", mention=vera))["id"]
    home = await eventually(app, "/api/v1/timelines/home", lambda found: theirs in [one["uri"] for one in found])
    seen = f"/api/v1/statuses/{next(one['id'] for one in home if one['uri'] == theirs)}"
    id = seen.rpartition("/")[2]

    # Ours about theirs.
    await app.post("/api/v1/statuses", status="I have", in_reply_to_id=id, visibility="public")
    await app.post(f"{seen}/favourite")
    await app.post(f"{seen}/reblog")
    quoting = await app.post("/api/v1/statuses", status="Helpful people", quoted_status_id=id, visibility="public")
    for kind in ("reply", "like", "boost", "quote"):
        assert (await pubby.heard("paula", f"interaction {kind}"))["object"] == theirs
    agreed = await eventually(
        app, f"/api/v1/statuses/{quoting['id']}", lambda found: found["quote"]["state"] == "accepted"
    )
    assert agreed["quote"]["quoted_status"]["uri"] == theirs
    await app.post(f"{seen}/unfavourite")
    assert (await pubby.heard("paula", "Undo"))["document"]["object"]["type"] == "Like"

    # Theirs about ours.
    ours = await app.post(
        "/api/v1/statuses", status="Bread", visibility="public", quote_approval_policy="public"
    )  # fmt: skip
    shown = f"/api/v1/statuses/{ours['id']}"
    like = await pubby.tell("paula", "like", uri=ours["uri"])
    announce = await pubby.tell("paula", "announce", uri=ours["uri"])
    await pubby.tell("paula", "post", content="<p>Do try it</p>", quote=ours["uri"])
    await eventually(
        app, shown, lambda found: all(found[f"{kind}_count"] == 1 for kind in ("favourites", "reblogs", "quotes"))
    )
    stamp = (await pubby.heard("paula", "Accept", "QuoteRequest"))["document"]["result"]
    assert (await pubby.tell("paula", "look", uri=stamp))["interactionTarget"] == ours["uri"]
    for what in (like, announce):
        await pubby.tell("paula", "undo", what=what, to=vera)
    await eventually(app, shown, lambda found: found["favourites_count"] == found["reblogs_count"] == 0)

    await pubby.tell("paula", "edit", id=theirs, content="<p>Who has a big van?</p>")
    await eventually(app, seen, lambda found: "big van" in found["content"])
    await pubby.tell("paula", "delete", id=theirs)
    await eventually(app, "/api/v1/timelines/home", lambda found: theirs not in [one["uri"] for one in found])
    await app.put(shown, status="Rye bread", quote_approval_policy="public")
    await app.delete(shown)
    assert ours["uri"] in str((await pubby.heard("paula", "Delete"))["document"])
    for kind in ("inbox error", "outbox error"):
        assert await pubby.log("paula", kind) == []
    assert await alpha.query("SELECT count(*) FROM received WHERE state = 'refused'") == [(0,)]
