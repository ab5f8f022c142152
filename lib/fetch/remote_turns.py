"""The gate, as the processes see it that do not have it."""

import asyncio
from collections import defaultdict, deque
from typing import Any

BATCH_SECONDS = 0.005  # in which turns that end are collected


class RemoteTurns:
    """Asks the actor that is the gate. A message costs as much as a small picture, so each is for several turns."""

    def __init__(self, gate: Any) -> None:
        """Ask the actor `gate`, which runs Gate."""
        self._gate = gate
        self._waiting: defaultdict[str, deque[asyncio.Future[int | str]]] = defaultdict(deque)
        self._ended: list[tuple[str, int, bool]] = []
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def enter(self, host: str) -> int | str:
        """Wait for a turn and return its number, or the reason why the host gets no more of them."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting[host].append(turn)
        if host not in self._asking:
            self._asking[host] = asyncio.create_task(self._ask(host))
        return await turn

    async def leave(self, host: str, number: int, *, answered: bool) -> None:
        """End a turn, soon."""
        if not self._ended:
            asyncio.get_running_loop().call_later(BATCH_SECONDS, self._tell)
        self._ended.append((host, number, answered))

    async def pause(self, host: str, seconds: float) -> None:
        """Give no turns to a host for so long."""
        await self._gate.pause.remote(host, seconds)

    async def _ask(self, host: str) -> None:
        waiting = self._waiting[host]
        try:
            while waiting:
                turns = await self._gate.enter_some.remote(host, len(waiting))
                for turn in [turns] * len(waiting) if isinstance(turns, str) else turns:
                    waiting.popleft().set_result(turn)
        except Exception as error:  # the gate is gone, and with it the cluster
            while waiting:
                waiting.popleft().set_exception(error)
        finally:
            del self._asking[host]

    def _tell(self) -> None:
        ended, self._ended = self._ended, []
        self._gate.leave_some.remote(ended)
