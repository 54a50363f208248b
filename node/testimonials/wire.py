"""A recommendation as a Note that every microblog can show."""

import html as markup
from collections.abc import Sequence
from dataclasses import replace

from node.actors.model import Actor
from node.posts import wire as posts
from node.posts.model import Post
from node.testimonials.model import Testimonial
from node.testimonials.rules import BASES
from node.translations import SOURCE, catalogue
from node.uris import Uris
from node.words import N_
from schemas.note import Note


def content(body: str, basis: str, name: str, language: str | None) -> str:
    """The HTML for readers whose programs know no recommendations: for whom, on what it rests, the words."""
    say = catalogue((language or SOURCE).partition("-")[0]).gettext
    headline = say(N_("A recommendation for %(name)s")) % {"name": name}
    return f"<p><strong>{_text(headline)}</strong><br>{_text(say(BASES[basis]))}</p>{body}"


def note(post: Post, row: Testimonial, writer: Actor, uris: Uris, mentions: Sequence[Actor]) -> Note:
    """The Note of a recommendation. What the deal was stays between the two: there is no ``context`` of it."""
    return replace(
        posts.note(post, writer, uris, mentions=mentions),
        recommendation=row.basis,
        may_be_public=row.may_be_public,
    )


def _text(words: str) -> str:
    return markup.escape(words, quote=False)
