"""An app in another language, made with a library from its registry, does for a member what people do with apps."""

import asyncio
import json
from typing import Any

import pytest

from support.interop import FOLDER, WITHIN, program
from support.processes import Place

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "a long table in the garden"


async def test_masto_js(alpha: Place) -> None:
    node = program("masto")
    await alpha.add_member("sofia", PASSWORD)
    tom = await alpha.add_member("tom", PASSWORD, "--token")
    process = await asyncio.create_subprocess_exec(
        node, str(FOLDER / "client.mjs"), alpha.base,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout and process.stderr

    async def said() -> Any:
        async with asyncio.timeout(3 * WITHIN):
            line = await process.stdout.readline()
        assert line, (await process.stderr.read()).decode()
        return json.loads(line)

    browser = alpha.visitor()
    await browser.log_in("sofia", PASSWORD)
    page = await browser.open((await said())["open"])
    assert "Pocket" in page.text
    shown = await browser.send(page, page.form("/oauth/authorize"), button="Yes")
    code = shown.body.decode().split('id="code">')[1].split("<")[0]
    process.stdin.write(f"{code}\n{tom['token']}\n".encode())
    assert await said() == {"done": True}
    assert await process.wait() == 0
