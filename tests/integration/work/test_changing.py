"""Changes go to the driver itself, and are as much part of their unit as everything else."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from node.changing import Change
from node.settings.model import Setting
from support.nodes import RigNode

TABLE = Setting.__table__
ADD = Change(sa.insert(TABLE))
RAISE = Change(
    sa.update(TABLE)
    .where(TABLE.c.name == sa.bindparam("which"))
    .values(value=sa.bindparam("to"))
    .returning(TABLE.c.name, TABLE.c.value)
)


async def found(node: RigNode) -> dict[str, str]:
    async with node.reading() as work:
        rows = await work.session.execute(sa.select(Setting.name, Setting.value).where(Setting.name.like("t%")))
        return dict(rows.all())


async def test_changes_commit_with_or_without_a_session(node: RigNode) -> None:
    async with node.writing() as work:
        await ADD.make_many(work, [{"name": "ta", "value": "1"}, {"name": "tb", "value": "1"}])
    async with node.writing() as work:
        assert await RAISE.returned(work, which="ta", to="2") == [["ta", "2"]]
        work.session.add(Setting(name="tc", value="3"))
    async with node.writing() as work:
        work.session.add(Setting(name="td", value="4"))
        assert await RAISE.make(work, which="td", to="5") == 1, "what the session holds back is written first"
        assert await RAISE.make(work, which="te", to="5") == 0
    assert await found(node) == {"ta": "2", "tb": "1", "tc": "3", "td": "5"}


async def test_changes_are_undone_with_their_unit_and_fail_as_others_do(node: RigNode) -> None:
    before = node.generation()
    with pytest.raises(IntegrityError):
        async with node.writing() as work:
            await ADD.make(work, name="ta", value="1")
            await ADD.make_many(work, [{"name": "tb", "value": "1"}, {"name": "ta", "value": "2"}])
    assert await found(node) == {}
    assert node.generation() == before
    async with node.writing() as work:
        await ADD.make(work, name="ta", value="1")
    if node.config.is_sqlite:
        assert node.generation() != before, "what was written is noticed"
