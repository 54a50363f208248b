"""`/api/commensal/openapi.json`: our own API, described for programs that read such descriptions (OpenAPI 3.1)."""

from typing import Any

import aiohttp.web as aioweb

from node.accounts import scopes
from node.deals import machine
from node.ideas.rules import DONE, STAGES
from node.listings.rules import CATEGORIES, DELIVERIES, EVERYWHERE, PURPOSES, TAGS, TERMS, VARIANTS
from node.listings.searches import NAMES
from node.posts.rules import LENSES
from node.studies.rules import FLOOR, KINDS, OPTIONS, PANELS, QUESTIONS
from node.testimonials.rules import BASES
from node.trials.rules import MOST
from node.webhooks.service import CHOSEN
from web.api.edge import answer
from web.context import node_of

routes = aioweb.RouteTableDef()

PREFIX = "/api/commensal/v1"
Schema = dict[str, Any]


@routes.get("/api/commensal/openapi.json")
async def show(request: aioweb.Request) -> aioweb.Response:
    return answer(document(node_of(request).config.url))


def document(base: str) -> Schema:
    """The whole description of the API at this address."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Commensal API",
            "version": "1",
            "description": "What Mastodon's client API has no word for. Tokens, errors, limits and Link headers are "
            "the same as there; ids of listings and people are those of its statuses and accounts.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": base}],
        "paths": {f"{PREFIX}{path}": operations for path, operations in _PATHS.items()},
        "components": {
            "schemas": _SCHEMAS,
            "responses": {"Error": _json("What was wrong.", {"$ref": "#/components/schemas/Error"})},
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": f"{base}/oauth/authorize",
                            "tokenUrl": f"{base}/oauth/token",
                            "scopes": {name: scopes.WORDS.get(name, name) for name in scopes.KNOWN},
                        }
                    },
                }
            },
        },
    }


def _json(description: str, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _object(required: bool = True, **properties: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return {**found, "required": list(properties)} if required else found


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Schema = {"type": "string"}
_ID: Schema = {"type": "string", "pattern": "^[0-9]+$"}
_WHOLE: Schema = {"type": "integer"}
_TRUTH: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_NUMBER: Schema = {"type": "string", "pattern": r"^[0-9]{1,12}(\.[0-9]{1,3})?$"}
_AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,3})?$", "description": "In major units."}
_ROLE: Schema = {"type": "string", "enum": ["seller", "buyer"]}
_DEAL_STATE: Schema = {"type": "string", "enum": list(machine.STATES)}
_INDUSTRY: Schema = {"type": "string", "description": "A NACE Rev. 2 code such as 10.71; /industries finds them."}
_WANTED: Schema = {
    "type": "object",
    "properties": dict.fromkeys(NAMES, _TEXT),
    "description": "What /listings is asked for, by the names it has in the address of the page.",
}
_AREA: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": EVERYWHERE,
    "description": f"Kilometres around the place; {EVERYWHERE} is everywhere.",
}
_LENS: Schema = {"type": "string", "enum": list(LENSES)}
_STATES = ("asked", "accepted", "declined", "withdrawn", "ended")

_EVENTS: Schema = {"type": "array", "items": {"type": "string", "enum": list(CHOSEN)}}

_PAPER: Schema = {
    "id": _ID,
    "url": _TEXT,
    "kind": {"type": "string", "enum": ["deposit", "invoice", "credit", "receipt"]},
    "name": _TEXT,
    "number": _TEXT,
    "issued_on": {"type": "string", "format": "date"},
    "is_ours": {"type": "boolean", "description": "Issued by the member, not received."},
    "other": _TEXT,
    "subject": _TEXT,
    "total": {"$ref": "#/components/schemas/Money"},
    "payable": {"$ref": "#/components/schemas/Money"},
    "deal_id": _ID,
}

_SCHEMAS: Schema = {
    "Error": {
        "type": "object",
        "properties": {"error": _TEXT, "error_description": _TEXT},
        "required": ["error", "error_description"],
    },
    "Nothing": {"type": "object", "maxProperties": 0},
    "Person": _object(
        id=_ID,
        acct=_TEXT,
        name=_TEXT,
        url=_TEXT,
        picture=_maybe(_TEXT),
        kind={"type": "string", "enum": ["person", "company"]},
        is_local=_TRUTH,
        trade=_TEXT,
        association={"type": "string", "description": "Who vouches for them; empty for a stranger."},
    ),
    "Association": _object(id=_ID, name=_TEXT, people_count=_WHOLE),
    "Directory": _object(people=_list("Person"), total=_WHOLE, next_offset=_maybe(_WHOLE)),
    "Money": _object(amount=_NUMBER, currency={"type": "string", "pattern": "^[A-Z]{3}$"}),
    "Picture": _object(id=_ID, url=_TEXT, description=_TEXT, width=_maybe(_WHOLE), height=_maybe(_WHOLE)),
    "Listing": _object(
        id=_ID,
        uri=_TEXT,
        url=_TEXT,
        purpose={"type": "string", "enum": list(PURPOSES)},
        title=_TEXT,
        content={"type": "string", "description": "Clean HTML."},
        text=_maybe({"type": "string", "description": "The source, for its author only."}),
        category=_TEXT,
        terms=_TEXT,
        price=_maybe(_ref("Money")),
        is_negotiable=_TRUTH,
        barter=_maybe(_TEXT),
        unit=_TEXT,
        quantity=_maybe(_NUMBER),
        minimum=_maybe(_NUMBER),
        tax_rate=_maybe({**_NUMBER, "description": "Per cent on top of the price, which is without tax."}),
        price_with_tax=_maybe(_ref("Money")),
        variants=_list("Variant"),
        industry=_maybe(_INDUSTRY),
        tags={"type": "array", "items": _TEXT},
        place=_maybe(_TEXT),
        serves_km=_maybe(_AREA),
        delivery=_maybe({"type": "string", "enum": list(DELIVERIES)}),
        is_two_way={"type": "boolean", "description": "It serves both sides; what is merely for sale does not."},
        is_recruitment_based={"type": "boolean", "description": "The income depends on recruiting others."},
        expires_at=_maybe(_TIME),
        state=_TEXT,
        lens=_LENS,
        language=_maybe(_TEXT),
        author=_ref("Person"),
        pictures=_list("Picture"),
        answers_count=_WHOLE,
        born_of_id=_maybe(_ID),
        visibility={"type": "string", "description": "direct for an offer to one person."},
        answers_id=_maybe({**_ID, "description": "The ask that it answers."}),
        created_at=_TIME,
        updated_at=_maybe(_TIME),
    ),
    "Variant": _object(name=_TEXT, price=_maybe(_ref("Money")), quantity=_maybe(_NUMBER)),
    "SavedSearch": _object(
        id=_ID,
        name=_TEXT,
        wanted=_WANTED,
        found_count=_WHOLE,
        last_found_at=_maybe(_TIME),
    ),
    "SavedSearchDraft": _object(
        name=_TEXT,
        wanted=_WANTED,
    ),
    "ListingDraft": {
        **_object(
            required=False,
            purpose={"type": "string", "enum": list(PURPOSES)},
            title=_TEXT,
            text={"type": "string", "description": "Markdown."},
            category={"type": "string", "enum": list(CATEGORIES)},
            terms={"type": "string", "enum": list(TERMS)},
            price=_ref("Money"),
            is_negotiable=_TRUTH,
            barter=_TEXT,
            unit=_TEXT,
            quantity=_NUMBER,
            minimum=_NUMBER,
            tax_rate=_NUMBER,
            variants={
                "type": "array",
                "maxItems": VARIANTS,
                "items": {**_object(required=False, name=_TEXT, price=_NUMBER, quantity=_NUMBER), "required": ["name"]},
            },
            industry={"type": "string", "description": "A code, or a word that names just one."},
            tags={"type": "array", "items": _TEXT, "maxItems": TAGS},
            place=_TEXT,
            serves_km=_AREA,
            delivery={"type": "string", "enum": list(DELIVERIES)},
            expires_at=_TIME,
            is_recruitment_based=_TRUTH,
            language=_TEXT,
            lens=_LENS,
            media_ids={"type": "array", "items": _ID, "maxItems": 4},
            born_of_id={**_ID, "description": "The post from which this offer or ask began."},
            to={
                **_ID,
                "description": "The account of the one person to whom an offer goes. It has another half: a price "
                "or barter, an ask of theirs that it answers, or gift as its terms. So many a week go unasked: 429.",
            },
            answers={**_ID, "description": "The open ask that an offer answers; it goes to whoever asked, any time."},
        ),
        "required": ["purpose", "title"],
    },
    "Industry": _object(code=_TEXT, name=_TEXT, title=_TEXT, url=_maybe(_TEXT)),
    "Recommendation": _object(
        id=_ID,
        uri=_TEXT,
        url={"type": "string", "description": "Where it was written: whoever doubts it looks there."},
        writer=_ref("Person"),
        subject=_ref("Person"),
        content={"type": "string", "description": "Clean HTML."},
        basis={"type": "string", "enum": list(BASES)},
        may_be_public=_TRUTH,
        is_shown=_TRUTH,
        reply=_maybe({"type": "string", "description": "Clean HTML."}),
        created_at=_TIME,
    ),
    "Idea": _object(
        id=_ID,
        url=_TEXT,
        title=_TEXT,
        content={"type": "string", "description": "Clean HTML."},
        author=_ref("Person"),
        state={"type": "string", "enum": ["open", "done", "dropped"]},
        stage={"type": "string", "enum": [*STAGES, DONE]},
        stages={
            "type": "array",
            "items": _object(
                name={"type": "string", "enum": list(STAGES)},
                state={"type": "string", "enum": ["done", "now", "ahead"]},
                evidence={
                    "type": "integer",
                    "description": "Answers, reservations, deals.",
                },
                needed=_WHOLE,
                why=_maybe({"type": "string", "description": "Why it was closed without."}),
                closed_at=_maybe(_TIME),
            ),
        },
        grown={
            "type": "array",
            "items": _object(
                kind={"type": "string", "enum": ["study", "trial", "offer", "request"]}, title=_TEXT, url=_TEXT
            ),
        },
        created_at=_TIME,
    ),
    "Question": _object(
        text=_TEXT, kind={"type": "string", "enum": list(KINDS)}, options={"type": "array", "items": _TEXT}
    ),
    "Study": _object(
        id=_ID,
        url=_TEXT,
        title=_TEXT,
        purpose=_TEXT,
        author=_ref("Person"),
        panel={"type": "string", "enum": list(PANELS)},
        hosts={"type": "array", "items": _TEXT},
        questions=_list("Question"),
        floor={"type": "integer", "description": "Nothing is shown of fewer answers, or of a smaller group."},
        answers_count=_WHOLE,
        may_answer=_TRUTH,
        has_answered=_TRUTH,
        is_over=_TRUTH,
        idea_id=_maybe(_ID),
        ends_at=_TIME,
        results=_maybe(
            {
                "type": "array",
                "description": "In the order of the questions; null while there are too few answers.",
                "items": _object(
                    answered=_WHOLE,
                    options={"type": "array", "items": _object(text=_TEXT, count=_WHOLE, percent=_WHOLE)},
                    mean=_maybe({"type": "number"}),
                    texts={"type": "array", "items": _TEXT},
                ),
            }
        ),
        groups={"type": "array", "items": _object(host=_TEXT, count=_WHOLE)},
        others_count=_WHOLE,
    ),
    "StudyDraft": {
        **_object(
            required=False,
            title=_TEXT,
            purpose={"type": "string", "description": "Who answers agrees to this."},
            panel={"type": "string", "enum": list(PANELS)},
            hosts={"type": "array", "items": _TEXT, "description": "For the panel associations."},
            questions={
                "type": "array",
                "maxItems": QUESTIONS,
                "items": {
                    **_object(
                        required=False,
                        text=_TEXT,
                        kind={"type": "string", "enum": list(KINDS)},
                        options={"type": "array", "items": _TEXT, "maxItems": OPTIONS},
                    ),
                    "required": ["text", "kind"],
                },
            },
            ends_at=_TIME,
            floor={"type": "integer", "minimum": FLOOR, "maximum": 100},
            idea_id=_ID,
            language=_TEXT,
        ),
        "required": ["title", "purpose", "questions", "ends_at"],
    },
    "Answers": _object(
        answers={
            "type": "array",
            "description": "In the order of the questions.",
            "items": _object(
                required=False,
                value={
                    "description": "The place of an option, from 0; a list of places (many); 1 to 5 (scale); or text."
                },
            ),
        },
        consent={"type": "boolean", "description": "True: they agree to what it is for."},
    ),
    "TestVariant": _object(
        title=_TEXT, text={"type": "string", "description": "Markdown."}, price=_maybe(_ref("Money"))
    ),
    "Test": _object(
        id=_ID,
        url=_TEXT,
        author=_ref("Person"),
        state={"type": "string", "enum": ["open", "closed", "offered"]},
        is_open=_TRUTH,
        quantity=_WHOLE,
        left=_WHOLE,
        has_reserved=_TRUTH,
        seen=_maybe(_ref("TestVariant")),
        variants={
            "type": "array",
            "description": "Both, for who put it up; empty for anybody else.",
            "items": _object(
                title=_TEXT,
                text=_TEXT,
                price=_maybe(_ref("Money")),
                shown=_WHOLE,
                reserved=_WHOLE,
                people=_list("Person"),
            ),
        },
        hosts={"type": "array", "items": _object(host=_TEXT, count=_WHOLE)},
        idea_id=_maybe(_ID),
        ends_at=_TIME,
    ),
    "TestDraft": {
        **_object(
            required=False,
            name={"type": "string", "description": "Stands on the listing that leads here."},
            variants={
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {**_object(required=False, title=_TEXT, text=_TEXT, price=_AMOUNT), "required": ["title"]},
            },
            currency={"type": "string", "pattern": "^[A-Z]{3}$"},
            quantity={"type": "integer", "minimum": 1, "maximum": MOST},
            ends_at=_TIME,
            category={"type": "string", "enum": list(CATEGORIES)},
            idea_id=_ID,
            language=_TEXT,
        ),
        "required": ["name", "variants", "quantity", "ends_at"],
    },
    "Paper": _object(**_PAPER),
    "WholePaper": _object(
        **_PAPER,
        facts={
            "type": "object",
            "description": "All that is printed on it, in minor units.",
            "additionalProperties": True,
        },
    ),
    "Match": _object(
        id=_ID,
        listing=_ref("Listing"),
        score=_WHOLE,
        reason={"type": "string", "description": "A sentence in the language of the member."},
        because={"type": "array", "items": _TEXT},
        own_title=_maybe({"type": "string", "description": "The listing of one's own that it fits."}),
        is_new=_TRUTH,
        created_at=_TIME,
    ),
    "Matches": _object(asks=_list("Match"), offers=_list("Match"), more_asks=_WHOLE, more_offers=_WHOLE),
    "Invitation": _object(
        id=_ID,
        person=_ref("Person"),
        is_mine=_TRUTH,
        question=_TEXT,
        about=_maybe(_TEXT),
        lens=_LENS,
        answer=_maybe(_TEXT),
        state={"type": "string", "enum": list(_STATES)},
        created_at=_TIME,
        answered_at=_maybe(_TIME),
        heard_at=_maybe({**_TIME, "description": "When the host hears of it, as long as that lies ahead."}),
    ),
    "Company": _object(
        id=_ID,
        acct=_TEXT,
        name=_TEXT,
        url=_TEXT,
        picture=_maybe(_TEXT),
        is_local=_TRUTH,
        is_association=_TRUTH,
        about={"type": "string", "description": "Clean HTML."},
        trade=_TEXT,
        industry=_maybe(_INDUSTRY),
        size=_TEXT,
        website=_maybe(_TEXT),
        phone=_maybe(_TEXT),
        place=_maybe(_TEXT),
        address=_maybe(_TEXT),
        people={"type": "array", "items": _object(person=_ref("Person"), title=_TEXT)},
    ),
    "Peer": _object(
        host=_TEXT,
        name=_TEXT,
        software=_TEXT,
        version=_TEXT,
        is_association=_TRUTH,
        state={"type": "string", "enum": ["new", "well", "refusing", "failing", "closed"]},
        last_answer=_TEXT,
        waiting_count=_WHOLE,
        people_count=_WHOLE,
        heard_at=_maybe(_TIME),
        delivered_at=_maybe(_TIME),
        failing_since=_maybe(_TIME),
        next_at=_maybe(_TIME),
        blocked_at=_maybe(_TIME),
        limited_at=_maybe(_TIME),
    ),
    "Webhook": _object(id=_ID, url=_TEXT, events=_EVENTS, is_enabled=_TRUTH, created_at=_TIME),
    "NewWebhook": _object(
        id=_ID,
        url=_TEXT,
        events=_EVENTS,
        is_enabled=_TRUTH,
        created_at=_TIME,
        secret={"type": "string", "description": "Signs every message (Standard Webhooks). Shown this once."},
    ),
    "WebhookDraft": _object(required=False, url=_TEXT, events=_EVENTS, is_enabled=_TRUTH),
    "WebhookMessage": _object(
        id=_ID,
        event=_TEXT,
        state={"type": "string", "enum": ["waiting", "delivered", "failed"]},
        attempts=_WHOLE,
        last_answer=_TEXT,
        created_at=_TIME,
        settled_at=_maybe(_TIME),
    ),
    "DealLine": _object(
        id=_ID,
        title=_TEXT,
        role=_ROLE,
        person=_ref("Person"),
        state=_DEAL_STATE,
        total=_maybe(_ref("Money")),
        waits_for_me=_TRUTH,
        listing_id=_maybe(_ID),
        changed_at=_TIME,
    ),
    "TermsLine": _object(name=_TEXT, quantity=_NUMBER, unit=_TEXT, price=_AMOUNT, tax_rate=_NUMBER, net=_AMOUNT),
    "Terms": _object(
        currency={"type": "string", "pattern": "^[A-Z]{3}$"},
        lines=_list("TermsLine"),
        net=_AMOUNT,
        tax=_AMOUNT,
        total=_AMOUNT,
        deposit={**_NUMBER, "description": "Per cent of the total, to be paid beforehand."},
        deposit_total=_AMOUNT,
        due_days=_WHOLE,
        delivery=_TEXT,
        in_return=_TEXT,
        note=_TEXT,
        valid_until=_maybe(_TIME),
    ),
    "DealStep": _object(
        id=_ID,
        uri={"type": "string", "description": "The id of the signed activity, the same on both nodes."},
        verb={"type": "string", "enum": list(machine.VERBS)},
        role=_ROLE,
        person=_ref("Person"),
        words=_TEXT,
        terms=_maybe(_ref("Terms")),
        terms_hash=_TEXT,
        amount=_maybe(_ref("Money")),
        is_crossed={"type": "boolean", "description": "It came when the deal had gone on, and has no effect."},
        refusal=_maybe(
            {"type": "string", "description": "Why the other side's node did not take a step, which has no effect."}
        ),
        arrival={
            "type": "string",
            "enum": ["", "waiting", "lost"],
            "description": "Of a step of yours to somebody elsewhere: not there yet, or no longer tried.",
        },
        is_signed=_TRUTH,
        created_at=_TIME,
    ),
    "Deal": _object(
        id=_ID,
        uri=_TEXT,
        url=_TEXT,
        agreement_uri=_maybe(_TEXT),
        title=_TEXT,
        role=_ROLE,
        person=_ref("Person"),
        listing_id=_maybe(_ID),
        born_of_id=_maybe(_ID),
        state=_DEAL_STATE,
        terms=_maybe(_ref("Terms")),
        terms_by=_maybe(_ROLE),
        terms_hash={
            "type": "string",
            "description": "SHA-256 of terms, parties and listing; both sides hold the same.",
        },
        differs={"type": "boolean", "description": "The terms come to something else than the listing says."},
        due=_maybe(_ref("Money")),
        paid=_maybe(_ref("Money")),
        claimed=_maybe(_ref("Money")),
        refunded=_maybe(_ref("Money")),
        is_delivered=_TRUTH,
        is_received=_TRUTH,
        disputed_by=_maybe(_ROLE),
        possible={"type": "array", "items": {"type": "string", "enum": list(machine.VERBS)}},
        steps=_list("DealStep"),
        created_at=_TIME,
        changed_at=_TIME,
        agreed_at=_maybe(_TIME),
        completed_at=_maybe(_TIME),
    ),
    "TermsDraft": {
        **_object(
            required=False,
            currency={"type": "string", "pattern": "^[A-Z]{3}$"},
            lines={
                "type": "array",
                "maxItems": 50,
                "items": _object(
                    required=False, name=_TEXT, quantity=_NUMBER, unit=_TEXT, price=_AMOUNT, tax_rate=_NUMBER
                ),
            },
            deposit=_NUMBER,
            due_days=_WHOLE,
            delivery={"type": "string", "enum": ["", "collection", "delivery"]},
            in_return=_TEXT,
            note=_TEXT,
            valid_until=_TIME,
        ),
        "required": ["currency", "lines"],
    },
    "DealDraft": {
        **_object(
            required=False,
            listing_id=_ID,
            words=_TEXT,
            terms=_ref("TermsDraft"),
            account_id={**_ID, "description": "For a listing of one's own: for whom it is meant."},
        ),
        "required": ["listing_id"],
    },
    "StepDraft": {
        **_object(
            required=False,
            verb={"type": "string", "enum": [verb for verb in machine.VERBS if verb != "accept"]},
            words=_TEXT,
            terms=_ref("TermsDraft"),
            terms_hash={"type": "string", "description": "To agree: of the terms one has seen."},
            amount=_AMOUNT,
        ),
        "required": ["verb"],
    },
    "InvitationDraft": {
        **_object(
            required=False,
            acct={"type": "string", "description": "Somebody's handle, here or anywhere; or account_id."},
            account_id=_ID,
            question=_TEXT,
            about=_TEXT,
            lens=_LENS,
        ),
        "required": ["question"],
    },
}


def _operation(
    summary: str,
    scope: str,
    result: Schema,
    *,
    body: Schema | None = None,
    query: dict[str, Schema] | None = None,
    is_open: bool = False,
    has_id: bool = False,
    has_host: bool = False,
) -> Schema:
    """One operation. ``is_open``: works without a token too, and then shows what everybody may see."""
    found: Schema = {
        "summary": summary,
        "security": [*([{}] if is_open else []), {"oauth": [scope]}],
        "responses": {"200": _json("Done.", result), "default": {"$ref": "#/components/responses/Error"}},
    }
    given: list[Schema] = [{"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()]
    if has_id:
        given.append({"name": "id", "in": "path", "required": True, "schema": _ID})
    if has_host:
        given.append({"name": "host", "in": "path", "required": True, "schema": _TEXT})
    if given:
        found["parameters"] = given
    if body is not None:
        kinds = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
        found["requestBody"] = {"required": True, "content": {kind: {"schema": body} for kind in kinds}}
    return found


_LISTING, _INVITATION, _NOTHING = _ref("Listing"), _ref("Invitation"), _ref("Nothing")
_LIMIT: dict[str, Schema] = {"limit": _WHOLE}
_FILTER: dict[str, Schema] = {
    "purpose": {"type": "string", "enum": list(PURPOSES)},
    "category": {"type": "string", "enum": list(CATEGORIES)},
    "terms": {"type": "string", "enum": list(TERMS)},
    "q": _TEXT,
    "place": _TEXT,
    "industry": _INDUSTRY,
    "tag": _TEXT,
    "delivery": {"type": "string", "enum": ["collection", "delivery"]},
    "author_id": _ID,
    "open": {"type": "boolean", "default": True},
    "max_id": _ID,
    **_LIMIT,
}

_PATHS: dict[str, Schema] = {
    "/listings": {
        "get": _operation(
            "Offers and asks, newest first",
            "read:listings",
            _list("Listing"),
            query=_FILTER,
            is_open=True,
        ),
        "post": _operation("Put up an offer or ask", "write:listings", _LISTING, body=_ref("ListingDraft")),
    },
    "/listings/{id}": {
        "get": _operation("One offer or ask", "read:listings", _LISTING, is_open=True, has_id=True),
        "put": _operation("Write it anew", "write:listings", _LISTING, body=_ref("ListingDraft"), has_id=True),
        "delete": _operation("Take it back for good", "write:listings", _NOTHING, has_id=True),
    },
    "/listings/kept": {
        "get": _operation(
            "Those one put aside, the last one first",
            "read:listings",
            _list("Listing"),
            query={"max_id": _ID, **_LIMIT},
        )
    },
    "/listings/{id}/extend": {
        "post": _operation("It runs on, from its end or from today", "write:listings", _LISTING, has_id=True)
    },
    "/searches": {
        "get": _operation("Saved searches", "read:listings", _list("SavedSearch")),
        "post": _operation(
            "Keep a search, hear of what is new", "write:listings", _ref("SavedSearch"), body=_ref("SavedSearchDraft")
        ),
    },
    "/searches/{id}": {"delete": _operation("Forget a search", "write:listings", _NOTHING, has_id=True)},
    "/listings/{id}/sold": {"post": _operation("It is gone, or found", "write:listings", _LISTING, has_id=True)},
    "/listings/{id}/reopen": {"post": _operation("It is to be had again", "write:listings", _LISTING, has_id=True)},
    "/recommendations": {
        "get": _operation(
            "What somebody shows of what others say of them; without account_id all about oneself",
            "read:statuses",
            _list("Recommendation"),
            query={"account_id": _ID, "written": _TRUTH},
            is_open=True,
        ),
        "post": _operation(
            "Recommend somebody after a deal that both completed; 403 without one",
            "write:statuses",
            _ref("Recommendation"),
            body=_object(required=False, account_id=_ID, text=_TEXT, may_be_public=_TRUTH, language=_TEXT),
        ),
    },
    "/recommendations/{id}": {
        "get": _operation("One", "read:statuses", _ref("Recommendation"), is_open=True, has_id=True),
        "delete": _operation("Take it back for good", "write:statuses", _NOTHING, has_id=True),
    },
    "/recommendations/{id}/show": {
        "post": _operation("Show it on one's page", "write:statuses", _ref("Recommendation"), has_id=True)
    },
    "/recommendations/{id}/hide": {
        "post": _operation("No longer show it", "write:statuses", _ref("Recommendation"), has_id=True)
    },
    "/recommendations/{id}/reply": {
        "post": _operation(
            "Answer it, once",
            "write:statuses",
            _ref("Recommendation"),
            body=_object(required=False, text=_TEXT),
            has_id=True,
        )
    },
    "/ideas": {
        "get": _operation(
            "Ideas, those that moved last first", "read:statuses", _list("Idea"), query={"mine": _TRUTH}, is_open=True
        ),
        "post": _operation(
            "Put an idea on the table",
            "write:statuses",
            _ref("Idea"),
            body={**_object(required=False, title=_TEXT, text=_TEXT, language=_TEXT), "required": ["title", "text"]},
        ),
    },
    "/ideas/{id}": {"get": _operation("One", "read:statuses", _ref("Idea"), is_open=True, has_id=True)},
    "/ideas/{id}/close": {
        "post": _operation(
            "On to the next stage; without evidence it takes a reason",
            "write:statuses",
            _ref("Idea"),
            body=_object(required=False, why=_TEXT),
            has_id=True,
        )
    },
    "/ideas/{id}/drop": {"post": _operation("Let it go", "write:statuses", _ref("Idea"), has_id=True)},
    "/ideas/{id}/mentor": {
        "post": _operation(
            "Ask for somebody who has done such a thing",
            "write:statuses",
            _ref("Idea"),
            body=_object(text=_TEXT),
            has_id=True,
        )
    },
    "/studies": {
        "get": _operation(
            "What can be answered", "read:statuses", _list("Study"), query={"mine": _TRUTH}, is_open=True
        ),
        "post": _operation("Ask a few questions", "write:statuses", _ref("Study"), body=_ref("StudyDraft")),
    },
    "/studies/{id}": {
        "get": _operation(
            "One; its results for who asked, and for all once it is over",
            "read:statuses",
            _ref("Study"),
            is_open=True,
            has_id=True,
        )
    },
    "/studies/{id}/answers": {
        "post": _operation("Answer, once", "write:statuses", _ref("Study"), body=_ref("Answers"), has_id=True)
    },
    "/studies/{id}/close": {"post": _operation("End it", "write:statuses", _ref("Study"), has_id=True)},
    "/tests": {
        "get": _operation("One's own test offers", "read:listings", _list("Test")),
        "post": _operation("Try one thing in two variants", "write:listings", _ref("Test"), body=_ref("TestDraft")),
    },
    "/tests/{id}": {"get": _operation("One, as this member sees it", "read:listings", _ref("Test"), has_id=True)},
    "/tests/{id}/reserve": {
        "post": _operation("Reserve one of the variant one sees", "write:listings", _ref("Test"), has_id=True)
    },
    "/tests/{id}/offer": {
        "post": _operation(
            "Make an offer of one variant",
            "write:listings",
            _ref("Test"),
            body=_object(variant={"type": "string", "enum": ["a", "b"]}),
            has_id=True,
        )
    },
    "/tests/{id}/close": {"post": _operation("End it with nothing", "write:listings", _ref("Test"), has_id=True)},
    "/papers": {
        "get": _operation(
            "Invoices, credit notes and receipts of a year", "read:deals", _list("Paper"), query={"year": _WHOLE}
        )
    },
    "/papers/{id}": {"get": _operation("One, with all it says", "read:deals", _ref("WholePaper"), has_id=True)},
    "/papers/{id}/pdf": {
        "get": {
            **_operation("The PDF", "read:deals", _NOTHING, has_id=True),
            "responses": {
                "200": {"description": "PDF/A-3 with its data inside.", "content": {"application/pdf": {}}},
                "default": {"$ref": "#/components/responses/Error"},
            },
        }
    },
    "/matches": {"get": _operation("At most twenty asks and twenty offers that fit", "read:listings", _ref("Matches"))},
    "/matches/run": {
        "post": _operation("Look for what fits now; limited", "write:listings", _object(new=_WHOLE)),
    },
    "/matches/{id}/dismiss": {"post": _operation("Never show this one again", "write:listings", _NOTHING, has_id=True)},
    "/matches/{id}/restore": {"post": _operation("It was not meant so", "write:listings", _ref("Match"), has_id=True)},
    "/deals": {
        "get": _operation(
            "One's deals, the last changed first",
            "read:deals",
            _list("DealLine"),
            query={"show": {"type": "string", "enum": ["open", "done", "over"]}, "before": _TIME, **_LIMIT},
        ),
        "post": _operation(
            "Ask about a listing, or suggest terms for it", "write:deals", _ref("Deal"), body=_ref("DealDraft")
        ),
    },
    "/deals/{id}": {"get": _operation("One deal, for its two sides", "read:deals", _ref("Deal"), has_id=True)},
    "/deals/{id}/steps": {
        "post": _operation("Take a step", "write:deals", _ref("Deal"), body=_ref("StepDraft"), has_id=True)
    },
    "/invitations": {
        "get": _operation(
            "Invitations to connect",
            "read:connections",
            _list("Invitation"),
            query={"side": {"type": "string", "enum": ["received", "sent", "answered"]}, **_LIMIT},
        ),
        "post": _operation(
            "Ask somebody to connect, anywhere", "write:connections", _INVITATION, body=_ref("InvitationDraft")
        ),
    },
    "/invitations/{id}": {"get": _operation("One invitation", "read:connections", _INVITATION, has_id=True)},
    "/invitations/{id}/accept": {
        "post": _operation(
            "Say yes", "write:connections", _INVITATION, body=_object(required=False, answer=_TEXT), has_id=True
        )
    },
    "/invitations/{id}/decline": {
        "post": _operation("Say not this time", "write:connections", _INVITATION, has_id=True)
    },
    "/invitations/{id}/withdraw": {
        "post": _operation("Take one's own invitation back", "write:connections", _INVITATION, has_id=True)
    },
    "/connections": {"get": _operation("Who one is connected with", "read:connections", _list("Person"), query=_LIMIT)},
    "/connections/{id}": {"delete": _operation("No longer be connected", "write:connections", _NOTHING, has_id=True)},
    "/directory": {
        "get": _operation(
            "People and companies, here and at other associations",
            "read:directory",
            _ref("Directory"),
            query={
                "q": _TEXT,
                "kind": {"type": "string", "enum": ["person", "company"]},
                "association_id": _ID,
                "local": _TRUTH,
                "industry": _INDUSTRY,
                "offset": _WHOLE,
                **_LIMIT,
            },
            is_open=True,
        )
    },
    "/industries": {
        "get": _operation(
            "Industries (NACE Rev. 2) by code or by the words of everyday",
            "read:directory",
            _list("Industry"),
            query={"q": _TEXT, "language": _TEXT},
            is_open=True,
        )
    },
    "/companies/{id}": {"get": _operation("One company", "read:directory", _ref("Company"), is_open=True, has_id=True)},
    "/peers": {
        "get": _operation(
            "For officers: other associations and networks",
            "read:peers",
            _list("Peer"),
            query={
                "state": {"type": "string", "enum": ["associations", "failing", "closed"]},
                "q": _TEXT,
                **_LIMIT,
            },
        )
    },
    "/peers/{host}": {"get": _operation("One of them", "read:peers", _ref("Peer"), has_host=True)},
    "/peers/{host}/retry": {
        "post": _operation("Try what waits for it now", "write:peers", _ref("Peer"), has_host=True)
    },
    "/peers/{host}/block": {
        "post": _operation(
            "For administrators: close the door to it",
            "write:peers",
            _ref("Peer"),
            body=_object(reason=_TEXT),
            has_host=True,
        )
    },
    "/peers/{host}/unblock": {
        "post": _operation("For administrators: open it again", "write:peers", _ref("Peer"), has_host=True)
    },
    "/webhooks": {
        "get": _operation("For officers: programs that are told", "read:webhooks", _list("Webhook")),
        "post": _operation("Tell one more", "write:webhooks", _ref("NewWebhook"), body=_ref("WebhookDraft")),
    },
    "/webhooks/{id}": {
        "put": _operation("Change it", "write:webhooks", _ref("Webhook"), body=_ref("WebhookDraft"), has_id=True),
        "delete": _operation("Tell it nothing any more", "write:webhooks", _NOTHING, has_id=True),
    },
    "/webhooks/{id}/test": {"post": _operation("Send a test", "write:webhooks", _NOTHING, has_id=True)},
    "/webhooks/{id}/messages": {
        "get": _operation(
            "What was sent, and what came of it", "read:webhooks", _list("WebhookMessage"), query=_LIMIT, has_id=True
        )
    },
    "/associations": {
        "get": _operation("Associations that vouch", "read:directory", _list("Association"), is_open=True)
    },
}
