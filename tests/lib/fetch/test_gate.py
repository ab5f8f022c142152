import asyncio
from collections.abc import Callable
from typing import Any

from lib.fetch.gate import SILENT_REQUESTS, Gate
from lib.fetch.records import Picture, Record
from tests.iiif import IiifServer
from tests.sources import painting

FetchPaths = Callable[..., dict[str, Record]]


def make_gate(**options: Any) -> Gate:
    usual = {"requests_per_second": 1e6, "connections": 2, "longest_wait": 60.0, "longest_turn": 60.0}
    return Gate(**(usual | options))


async def enters(gate: Gate, host: str) -> bool:
    """Tell whether a request would start now."""
    try:
        return isinstance(await asyncio.wait_for(gate.enter(host), timeout=0.05), int)
    except TimeoutError:
        return False


def test_a_host_gets_so_many_requests_a_second_and_at_once(server: IiifServer, fetch: FetchPaths) -> None:
    server.answers |= {f"/{number}": painting(number) for number in range(12)}
    paths = [server.address(f"/{number}") for number in range(12)]
    records = fetch(*paths, requests_per_second=20, connections=3)
    assert all(isinstance(record, Picture) for record in records.values())
    assert server.most_at_once <= 3
    times = sorted(asked.at for asked in server.asked)
    assert times[-1] - times[0] >= 11 / 20 - 0.02  # the last may be let in at its time and the first come late


def test_each_host_has_its_own_limits() -> None:
    async def run() -> None:
        gate = make_gate(connections=1)
        turns = [await gate.enter(host) for host in ("a", "b")]
        assert len(set(turns)) == 2
        assert not await enters(gate, "a") and not await enters(gate, "b")

    asyncio.run(run())


def test_a_turn_that_ends_gives_its_connection_back_once() -> None:
    async def run() -> None:
        gate = make_gate(connections=1)
        first = await gate.enter("a")
        assert isinstance(first, int)
        await gate.leave("a", first, answered=True)
        await gate.leave("a", first, answered=True)  # a repeated message
        assert await enters(gate, "a")
        assert not await enters(gate, "a")

    asyncio.run(run())


def test_the_turn_of_a_process_that_has_ended_is_given_back() -> None:
    async def run() -> None:
        gate = make_gate(connections=1, longest_turn=0.01)
        await gate.enter("a")
        assert isinstance(await asyncio.wait_for(gate.enter("a"), timeout=60), int)

    asyncio.run(run())


def test_a_pause_holds_for_those_who_wait_already() -> None:
    async def run() -> list[float]:
        gate, loop, started = (
            make_gate(connections=9, requests_per_second=20),
            asyncio.get_running_loop(),
            list[float](),
        )

        async def enter() -> None:
            await gate.enter("a")
            started.append(loop.time() - begun)

        begun = loop.time()
        waiting = [asyncio.create_task(enter()) for _ in range(4)]
        await asyncio.sleep(0)
        await gate.pause("a", 0.3)
        await asyncio.gather(*waiting)
        return started

    started = sorted(asyncio.run(run()))
    assert started[0] >= 0.3
    assert started[-1] - started[0] >= 3 / 20 - 0.02  # no burst after the pause


def test_a_host_that_does_not_answer_gets_no_more_requests() -> None:
    async def run() -> None:
        gate = make_gate(connections=1)
        for number in range(SILENT_REQUESTS):
            turn = await gate.enter("a")
            assert isinstance(turn, int)
            await gate.leave("a", turn, answered=number == 0)
        turn = await gate.enter("a")
        assert isinstance(turn, int)
        await gate.leave("a", turn, answered=False)
        assert "did not answer 50 requests" in str(await gate.enter("a"))
        assert "did not answer 50 requests" in str(await gate.enter("a"))  # and does not hang
        assert await enters(gate, "b")

    asyncio.run(run())
