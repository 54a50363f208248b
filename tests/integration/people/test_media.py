"""Pictures from strangers: decoded elsewhere, stripped, renamed, counted."""

import io
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from PIL import Image

from node.errors import Invalid, Misconfigured, NotFound, TooMany
from node.media import files, service
from node.media.model import Media
from node.work import Node


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 20), mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, 1 if mode in ("1", "P") else "red").save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
async def test_pictures_are_written_anew(kind: str) -> None:
    found = await service.reencode(picture(kind, (2000, 1000)))
    with Image.open(io.BytesIO(found.content)) as shown:
        assert shown.format == "WEBP"
        assert shown.size == (found.width, found.height) == (1600, 800)
    assert found.blurhash


async def test_the_camera_is_not_in_it_and_up_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x0110] = "Secret Camera"
    found = await service.reencode(picture("JPEG", (60, 20), exif=exif.tobytes()))
    assert (found.width, found.height) == (20, 60)
    assert b"Secret" not in found.content


@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", picture("BMP"), picture("TIFF"), picture("PPM"),
     picture("PNG")[:40], b"%PDF-1.4", b"\xff\xd8\xff" + b"\0" * 500, picture("PNG", (9000, 9000), "1")],
)  # fmt: skip
async def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        await service.reencode(data)
    assert "picture" in refused.value.fields


async def test_too_many_bytes() -> None:
    with pytest.raises(Invalid) as refused:
        await service.reencode(b"\0" * (service.LARGEST + 1))
    assert "too large" in str(refused.value.fields["picture"])


async def test_a_quota(house: Node, add) -> None:
    _, alice = await add("Alice")
    noise = Image.effect_noise((1500, 1500), 90).convert("RGB")
    file = io.BytesIO()
    noise.save(file, "JPEG")
    house.config = replace(house.config, media_quota=1)
    with pytest.raises(TooMany):
        for _ in range(8):
            await service.store(house, alice, file.getvalue())


async def test_uploads_for_posts_that_were_never_written_are_forgotten(house: Node, add, clock) -> None:
    _, alice = await add("Alice")
    await service.store(house, alice, picture())
    face = await service.store(house, alice, picture(size=(9, 9)), "avatar")
    clock.forward(days=3)
    late = await service.store(house, alice, picture(size=(8, 8)))
    async with house.writing() as work:
        await service.prune(work)
        left = await work.session.scalars(sa.select(Media.id).order_by(Media.id))
        assert left.all() == [face.id, late.id]


async def test_files_are_found_by_their_digest_only(house: Node, add) -> None:
    _, alice = await add("Alice")
    stored = await service.store(house, alice, picture(), alt="a red sheet")
    path = files.path_of(house.config, stored.digest, "webp")
    assert path is not None
    assert path.read_bytes()[:4] == b"RIFF"
    path.with_suffix(".html").write_text("<script>")
    (files.folder(house.config).parent.parent / "outside.webp").write_bytes(b"RIFF")
    for digest, extension in (("../outside", "webp"), (stored.digest, "html"), ("0" * 64, "webp"),
                              (stored.digest.upper(), "webp"), ("", ""), ("..", "webp")):  # fmt: skip
        assert files.path_of(house.config, digest, extension) is None


async def test_pictures_of_others_cannot_be_attached(house: Node, add) -> None:
    _, alice = await add("Alice")
    _, bob = await add("Bob")
    stored = await service.store(house, alice, picture())
    async with house.writing() as work:
        with pytest.raises(NotFound):
            await service.attach(work, bob, [stored.id], 1)
        await service.remove(work, bob, stored.id)
    async with house.writing() as work:
        await service.remove(work, alice, stored.id)


def test_object_stores_come_later(house: Node) -> None:
    with pytest.raises(Misconfigured):
        files.folder(replace(house.config, media_url="s3://bucket/prefix"))


async def test_files_that_nobody_shows_go_in_the_end(
    house: Node, add: Callable[..., Awaitable[tuple[int, int]]]
) -> None:
    _, alice = await add("Alice Baker")
    shown, gone, new = [picture(size=(20 + number, 20)) for number in range(3)]
    kept = [await service.store(house, alice, each, "avatar") for each in (shown, gone, new)]
    paths = [files.path_of(house.config, each.digest, "webp") for each in kept]
    async with house.writing() as work:
        for each in kept[1:]:
            await service.remove(work, alice, each.id)
    long_ago = (house.clock() - timedelta(days=3)).timestamp()
    for path in paths:
        assert path is not None
        os.utime(path, (long_ago, long_ago))
    await service.keep(house, await service.reencode(new))  # put in place again, by somebody whose row is to come
    assert await service.sweep(house) == 1
    assert [path is not None and path.is_file() for path in paths] == [True, False, True]
    assert await service.sweep(house) == 0
