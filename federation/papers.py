"""Own copies of papers that others issued, fetched with our member's signature when that member first looks."""

from pathlib import Path

from federation.directory import Directory
from federation.errors import PeerGone, Refused, Unreachable
from node.errors import NotFound
from node.papers import printing
from node.papers.model import Paper
from node.words import N_
from node.work import Node

_MAGIC = b"%PDF-"


async def file_of(node: Node, directory: Directory, paper_id: int) -> Path:
    """The PDF of a paper, printed here or fetched from who issued it. Raises NotFound, also when it cannot be had."""
    async with node.reading() as work:
        paper = await work.session.get(Paper, paper_id)
        if paper is None:
            raise NotFound
        digest, address, buyer_id, is_copy = paper.digest, paper.url, paper.buyer_id, paper.issuer_id is None
    if not is_copy:
        return await printing.printed(node, paper_id)
    found = printing.file_of(node.config, digest)
    if found is not None:
        return found
    if not address:
        raise NotFound
    try:
        content = await directory.paper(address, buyer_id, printing.LARGEST)
    except (Refused, Unreachable, PeerGone) as error:
        raise NotFound(N_("The other side does not hand out this paper just now. Please try again later.")) from error
    if not content.startswith(_MAGIC):
        raise NotFound(N_("What the other side hands out is no PDF. Ask them for the paper."))
    return await printing.keep(node, paper_id, content)
