"""Filter, FilterKeyword, FilterStatus and FilterResult."""

from node.filters.model import FilterPost, FilterWord
from node.filters.service import Match, Whole
from web.api.shapes.look import Entity, moment


def filter_entity(one: Whole) -> Entity:
    return {
        **_head(one),
        "keywords": [word_entity(word) for word in one.words],
        "statuses": [post_entity(row) for row in one.posts],
    }


def _head(one: Whole) -> Entity:
    row = one.filter
    return {
        "id": str(row.id),
        "title": row.title,
        "context": row.contexts,
        "expires_at": moment(row.expires_at) if row.expires_at else None,
        "filter_action": row.action,
    }


def word_entity(word: FilterWord) -> Entity:
    return {"id": str(word.id), "keyword": word.text, "whole_word": word.is_whole_word}


def post_entity(row: FilterPost) -> Entity:
    return {"id": str(row.id), "status_id": str(row.post_id)}


def result_entity(match: Match) -> Entity:
    """Inside of a status: which filter found what."""
    return {
        "filter": _head(match.whole),
        "keyword_matches": list(match.words) or None,
        "status_matches": [str(id) for id in match.post_ids] or None,
    }
