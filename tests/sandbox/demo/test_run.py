"""The demo as a process: one URL, the whole loop behind it, and an end that leaves nothing behind."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

ROOT = Path(__file__).parents[3]
READY_S, STOP_S = 40.0, 30.0


class Demo:
    """A running ``countersign demo``, in a process group of its own as a shell would have it."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, http: aiohttp.ClientSession) -> None:
        self.process, self.url, self.http = process, url, http

    async def get(self, path: str) -> Any:
        """Read JSON."""
        async with self.http.get(f"{self.url}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: object) -> Any:
        """Do something."""
        async with self.http.post(f"{self.url}{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def until(self, path: str, true: Callable[[Any], bool]) -> Any:
        """Read ``path`` until what it says is ``true``."""
        for _ in range(1000):
            if true(found := await self.get(path)):
                return found
            await asyncio.sleep(0.02)
        pytest.fail(f"{path} never said so")

    async def learned(self) -> Any:
        """Wait until the past of both desks was learned; what the page then says of it."""
        for _ in range(600):
            found = (await self.get("/demo/start"))["standings"]
            if all(each["state"] != "learning" for each in found.values()):
                return found
            await asyncio.sleep(0.1)
        pytest.fail("the past was never learned")

    async def stop(self, how: signal.Signals) -> tuple[int, str, str]:
        """Signal the whole group, as a terminal's Ctrl-C does; returns exit code, output and errors."""
        os.killpg(self.process.pid, how)
        async with asyncio.timeout(STOP_S):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def running(*arguments: str) -> AsyncGenerator[Demo]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", *arguments, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            line = (await process.stdout.readline()).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found, f"no URL in {line!r}"
        async with aiohttp.ClientSession() as http:
            yield Demo(process, found[0], http)
    finally:
        # Asked first: killed at once, it could stop neither its Redis nor remove its directory.
        with contextlib.suppress(ProcessLookupError, TimeoutError):
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_S):
                await process.communicate()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def leftovers() -> set[str]:
    return {path.name for path in Path(tempfile.gettempdir()).glob("countersign-demo-*")}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_ctrl_c_ends_it_cleanly_with_no_process_and_no_event_lost(how: signal.Signals) -> None:
    before = leftovers()
    async with running() as demo:
        children = psutil.Process(demo.process.pid).children(recursive=True)
        assert any("valkey" in child.name() or "redis" in child.name() for child in children)
        for sample in ("outage", "printer", "access"):
            for system in ("jira", "servicenow"):
                await demo.post("/demo/ticket", {"system": system, "sample": sample})
        code, out, err = await demo.stop(how)
        assert code == 0, err
        assert "everything accepted was finished" in out
        assert "Traceback" not in err
        gone, alive = psutil.wait_procs(children, timeout=3)
        assert not alive, [child.cmdline() for child in alive]
        assert len(gone) == len(children)
    assert leftovers() == before


async def test_a_signal_while_it_starts_ends_it_as_well() -> None:
    before = leftovers()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import os, signal, sandbox.demo.run as run\n"
        "start = run.Estate.__aenter__\n"
        "async def late(self):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return await start(self)\n"
        "run.Estate.__aenter__ = late\n"
        "raise SystemExit(run.run(0, 1))",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(STOP_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    assert b"stopped before it was ready" in out
    assert b"Traceback" not in err
    assert leftovers() == before


async def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "demo", "--port", port,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(READY_S):
            out, err = await process.communicate()
    assert process.returncode == 1
    assert out == b""
    assert f"port {port} is taken" in err.decode()
    assert "--port" in err.decode()


async def test_an_approval_changes_the_ticket_and_a_bystanders_click_does_not() -> None:
    async with running() as demo:
        made = await demo.post("/demo/ticket", {"system": "servicenow", "sample": "printer"})
        await demo.until(f"/demo/ticket?id={made['id']}", lambda t: bool(t["entries"]))
        chat = await demo.until("/demo/chat?as=U0CAROL", lambda c: bool(asking(c)))
        card = asking(chat)[0]
        button = next(b for b in card["blocks"] if b["type"] == "actions")["elements"][0]
        click = {"channel": card["channel"], "ts": card["ts"], "action_id": button["action_id"]}
        before = await demo.get(f"/demo/ticket?id={made['id']}")
        await demo.post("/demo/click", {"as": "U0CAROL", "value": button["value"], **click})
        await demo.until("/demo/chat?as=U0CAROL", lambda c: any(m["only_you"] for m in messages(c)))
        assert not any(m["only_you"] for m in messages(await demo.get("/demo/chat?as=U0ALICE")))
        assert (await demo.get(f"/demo/ticket?id={made['id']}"))["fields"] == before["fields"]
        await demo.post("/demo/click", {"as": "U0ALICE", "value": button["value"], **click})
        after = await demo.until(
            f"/demo/ticket?id={made['id']}", lambda t: bool(t["fields"] != before["fields"])
        )
        assert any(step["bot"] for step in after["history"])


async def test_pushed_time_is_everybodys_and_what_nobody_decides_expires() -> None:
    async with running() as demo:
        for each in (await demo.learned()).values():
            assert each["state"] == "learned"
            assert each["tickets"] > 700
            assert any(0 < field["precision"] < 1 for field in each["fields"].values()), "an honest figure"
        made = await demo.post("/demo/ticket", {"system": "servicenow", "sample": "printer"})
        await demo.until("/demo/chat?as=U0ALICE", lambda c: bool(messages(c)))
        assert not (await demo.get("/demo/chat?as=U0DORA"))["rooms"][1]["messages"]
        await demo.post("/demo/later", {"seconds": 2 * 3600})
        pinged = await demo.until("/demo/chat?as=U0DORA", lambda c: bool(c["rooms"][1]["messages"]))
        assert "so you may decide as well" in pinged["rooms"][1]["messages"][0]["text"]
        await demo.post("/demo/later", {"seconds": 8 * 3600})
        await demo.until("/demo/chat?as=U0ALICE", lambda c: "Nobody decided in time" in str(messages(c)))
        # ServiceNow's events are signed with its time, and the bot takes none that is five minutes off.
        before = await demo.get(f"/demo/ticket?id={made['id']}")
        late = await demo.post("/demo/ticket", {"system": "servicenow", "sample": "printer"})
        ticket = await demo.until(f"/demo/ticket?id={late['id']}", lambda t: bool(t["entries"]))
        assert ticket["created"] > before["created"]
        async with demo.http.post(f"{demo.url}/demo/later", json={"seconds": -1}) as refused:
            assert refused.status == 400
            assert "a week at a time" in (await refused.json())["error"]


def messages(chat: Any) -> list[Any]:
    """What is in the approvals channel."""
    found: list[Any] = chat["rooms"][0]["messages"]
    return found


def asking(chat: Any) -> list[Any]:
    """The cards that ask for something; of a set, the change of fields comes first."""
    return [
        m for m in messages(chat) if m["blocks"] and m["blocks"][0]["text"]["text"].startswith("Approve ")
    ]
