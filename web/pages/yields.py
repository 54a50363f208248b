"""What it yields: for each member alone, and for officers of all together; drawn, and as a table to take along."""

import csv
import io
from collections.abc import AsyncIterable, Iterable
from zoneinfo import ZoneInfo

import aiohttp.web as aioweb

from node import spreadsheets
from node.insights import yields
from node.insights.yields import Month
from web.context import house_of, node_of, reader
from web.middleware import zone_of
from web.rendering import page
from web.sessions import member, officer

routes = aioweb.RouteTableDef()

_AT_ONCE = 100


@routes.get("/yields")
async def show(request: aioweb.Request) -> aioweb.Response:
    viewer = member(request)
    async with node_of(request).reading() as work:
        months = await yields.of_member(work, viewer.actor_id, reader().zone)
    return page(
        request, "yields/show.html", months=months, has_any=any(month.deals or month.answered for month in months)
    )


@routes.get("/yields.csv")
async def table(request: aioweb.Request) -> aioweb.StreamResponse:
    """Every completed deal of the member, a line each."""
    viewer = member(request)
    return await _stream(
        request, "yields.csv", yields.MEMBER_COLUMNS, yields.deals_of(node_of(request), viewer.actor_id)
    )


@routes.get("/office/yields")
async def of_all(request: aioweb.Request) -> aioweb.Response:
    officer(request)
    return page(request, "yields/office.html", months=await _of_all(request))


@routes.get("/office/yields.csv")
async def table_of_all(request: aioweb.Request) -> aioweb.StreamResponse:
    officer(request)
    months = await _of_all(request)
    return await _stream(request, "yields.csv", yields.MONTH_COLUMNS, _each(yields.lines(months)))


async def _of_all(request: aioweb.Request) -> list[Month]:
    zone: ZoneInfo = zone_of(house_of(request).time_zone)
    async with node_of(request).reading() as work:
        return await yields.of_association(work, zone)


async def _each(lines: Iterable[tuple[str, ...]]) -> AsyncIterable[tuple[str, ...]]:
    for line in lines:
        yield line


async def _stream(
    request: aioweb.Request, name: str, columns: tuple[str, ...], lines: AsyncIterable[tuple[str, ...]]
) -> aioweb.StreamResponse:
    """Lines of a table as they come, however many there are."""
    response = aioweb.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        }
    )
    await response.prepare(request)
    out = io.StringIO("\ufeff", newline="")  # by the mark spreadsheets know that it is UTF-8
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    async for line in lines:
        writer.writerow([spreadsheets.cell(value) for value in line])
        count += 1
        if count % _AT_ONCE == 0:
            await response.write(out.getvalue().encode())
            out.seek(0)
            out.truncate()
    await response.write(out.getvalue().encode())
    await response.write_eof()
    return response
