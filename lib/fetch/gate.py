"""The one gate through which all requests of a fetch pass, host by host: this is where it is polite."""

import asyncio
from collections import defaultdict
from itertools import count

SILENT_REQUESTS = 50  # one after another, after which a host is not asked again


class Gate:
    """Gives requests their turns. A host gets no more of them at once, and no more a second, than it should.

    A fetch has one gate for all its processes: an actor that runs this class.
    """

    def __init__(self, *, requests_per_second: float, connections: int, longest_wait: float, longest_turn: float):
        """Know no host yet.

        requests_per_second, connections: to one host. longest_wait: seconds that a pause may last. longest_turn:
        seconds after which a turn ends by itself, because the process that had it has ended.
        """
        self._interval = 1 / requests_per_second
        self._longest_wait, self._longest_turn = longest_wait, longest_turn
        self._hosts: defaultdict[str, _Host] = defaultdict(lambda: _Host(connections))
        self._numbers = count()

    async def enter(self, host: str) -> int | str:
        """Wait for a turn and return its number, or the reason why the host gets no more of them."""
        state, now = self._hosts[host], asyncio.get_running_loop().time
        await state.free.acquire()
        while True:
            start = max(now(), state.next_start, state.paused_until)
            reason = self._reason_to_stop(host, state, wait=start - now())
            if reason:
                state.free.release()
                return reason
            state.next_start = start + self._interval
            await asyncio.sleep(start - now())
            if now() >= state.paused_until:  # it may have been paused meanwhile
                break
        return self._begin(state)

    async def enter_some(self, host: str, most: int) -> list[int] | str:
        """Return the numbers of as many turns as there are, after waiting for a first one. most: wanted."""
        first = await self.enter(host)
        if isinstance(first, str):
            return first
        turns, state, now = [first], self._hosts[host], asyncio.get_running_loop().time
        while len(turns) < most and not state.free.locked() and max(state.next_start, state.paused_until) <= now():
            await state.free.acquire()  # at once
            state.next_start = now() + self._interval
            turns.append(self._begin(state))
        return turns

    async def leave_some(self, turns: list[tuple[str, int, bool]]) -> None:
        """End several turns: of which host, their numbers, whether the server sent anything."""
        for host, number, answered in turns:
            await self.leave(host, number, answered=answered)

    async def leave(self, host: str, number: int, *, answered: bool) -> None:
        """End a turn. answered: whether the server sent anything."""
        state = self._hosts[host]
        state.silent = 0 if answered else state.silent + 1
        state.end_turn(number)

    async def pause(self, host: str, seconds: float) -> None:
        """Give no turns to a host for so long."""
        state = self._hosts[host]
        state.paused_until = max(state.paused_until, asyncio.get_running_loop().time() + seconds)

    def _begin(self, state: "_Host") -> int:
        number = next(self._numbers)
        loop = asyncio.get_running_loop()
        state.turns[number] = loop.call_later(self._longest_turn, state.end_turn, number)
        return number

    def _reason_to_stop(self, host: str, state: "_Host", *, wait: float) -> str | None:
        if state.silent >= SILENT_REQUESTS:
            return f"{host} did not answer {state.silent} requests one after another; start again later"
        if state.paused_until and wait > self._longest_wait:
            return f"{host} asks to wait longer than {self._longest_wait:.0f} s; start again later"
        return None


class _Host:
    """What the gate knows of one host. Times are those of the event loop, in seconds."""

    def __init__(self, connections: int) -> None:
        self.free = asyncio.Semaphore(connections)
        self.next_start = 0.0
        self.paused_until = 0.0
        self.silent = 0
        self.turns: dict[int, asyncio.TimerHandle] = {}

    def end_turn(self, number: int) -> None:
        """Give the connection back, once."""
        timer = self.turns.pop(number, None)
        if timer is not None:
            timer.cancel()
            self.free.release()
