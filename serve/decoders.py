"""Processes that decode pictures, so many at once. A picture that takes too long ends its process, and nothing else.

A process imports neither torch nor Ray (32 MiB, 0.1 s to start), so it is not made by multiprocessing, which would
import the main module of the replica into it. Its answers are bytes, which are never unpickled.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from queue import SimpleQueue

from PIL import Image

from serve.decoder import NUMBERS


class Decoder:
    """A process that decodes one picture at a time, and is replaced when it ends."""

    def __init__(self, *, seconds: float) -> None:
        """Start it. seconds: of processor time that it has for one picture."""
        self.seconds = seconds
        self.start()

    def start(self) -> None:
        """Start a process, instead of one that ended. Raises RuntimeError where it cannot start."""
        self.connection, other_end = Pipe()
        command = [sys.executable, "-m", "serve.decoder", str(other_end.fileno()), str(self.seconds)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(
            command, env=environment, pass_fds=[other_end.fileno()], stdin=subprocess.DEVNULL
        )
        other_end.close()
        try:
            self.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise RuntimeError("a decoder does not start; the log has what it wrote") from error

    def open(self, data: bytes, *, short_side: int, megapixels: int) -> Image.Image | str:
        """Return the picture, or the reason why the file is none."""
        limits = NUMBERS.pack(short_side, megapixels)
        try:
            self.send(limits, data)
        except OSError:  # it ended after the last picture, and not because of this one
            self.replace()
            self.send(limits, data)
        try:
            size = NUMBERS.unpack(self.connection.recv_bytes())
            answer = self.connection.recv_bytes()
        except (EOFError, OSError):
            return self.reason(self.replace())
        return Image.frombytes("RGB", size, answer) if any(size) else answer.decode()

    def send(self, *messages: bytes) -> None:
        """Send a request. Raises OSError where the process has ended."""
        for message in messages:
            self.connection.send_bytes(message)

    def replace(self) -> int:
        """Start another process; return the exit status of this one."""
        self.connection.close()
        self.process.kill()  # nothing, where it has ended
        status = self.process.wait()
        self.start()
        return status

    def reason(self, status: int) -> str:
        """Return why a picture that ended the process with this exit status is rejected."""
        if status == -signal.SIGPROF:
            return f"it takes more than {self.seconds:g} s of processor time to decode; save a smaller copy"
        return "its decoder crashed; save it in another format"


class Decoders:
    """Processes that share the decoding of files."""

    def __init__(self, count: int, *, seconds: float, megapixels: int) -> None:
        """Start `count` of them. seconds: of processor time for a picture. megapixels: larger pictures are refused."""
        self.megapixels = megapixels
        self.idle: SimpleQueue[Decoder] = SimpleQueue()
        for _ in range(count):
            self.idle.put(Decoder(seconds=seconds))
        self.threads = ThreadPoolExecutor(count)

    def open(self, files: Sequence[bytes], *, short_side: int) -> list[Image.Image | str]:
        """Return each file as a picture, reduced to `short_side` pixels, or the reason why it is none."""
        return list(self.threads.map(lambda data: self.open_one(data, short_side=short_side), files))

    def open_one(self, data: bytes, *, short_side: int) -> Image.Image | str:
        """Return a file as a picture, or the reason why it is none."""
        decoder = self.idle.get()
        try:
            return decoder.open(data, short_side=short_side, megapixels=self.megapixels)
        finally:
            self.idle.put(decoder)
