"""MediaAttachment: a picture as apps show it."""

from node.media.model import Media
from node.posts.whole import PictureRow
from web.api.shapes.look import Entity, Look


def attachment(look: Look, media: Media | PictureRow) -> Entity:
    """Ours by its lasting address, somebody else's by theirs."""
    url = f"{look.base}/media/{media.digest}.{media.extension}" if media.digest else media.remote_url or ""
    return {
        "id": str(media.id),
        "type": "image" if media.media_type.startswith("image/") else "unknown",
        "url": url,
        "preview_url": url,
        "remote_url": media.remote_url,
        "preview_remote_url": None,
        "text_url": None,
        "meta": _meta(media),
        "description": media.alt or None,
        "blurhash": media.blurhash or None,
    }


def _meta(media: Media | PictureRow) -> Entity:
    focus = {"x": media.focus_x or 0.0, "y": media.focus_y or 0.0}
    if not media.width or not media.height:
        return {"focus": focus}
    width, height = media.width, media.height
    size = {"width": width, "height": height, "size": f"{width}x{height}", "aspect": round(width / height, 6)}
    return {"focus": focus, "original": size, "small": size}
