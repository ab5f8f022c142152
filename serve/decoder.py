"""python -m serve.decoder SOCKET SECONDS    (started by serve/decoders.py)

A process that decodes one picture after another. The system ends it where a picture takes more than so many seconds of
processor time, or more memory than any picture may: nothing else stops a decoder in the middle of a picture.
"""

import resource
import signal
import struct
import sys
from multiprocessing.connection import Connection

from lib.data.image_limits import MAX_MEMORY, ImageError
from lib.data.images import open_picture

SIZE = struct.Struct("<II")  # in front of an answer: width and height of the picture; zeros in front of a reason
OTHER_MEMORY = 2**29  # bytes for the file, for small copies and for Python


def main() -> None:
    """Answer every request on the socket until the other end is closed."""
    if sys.platform == "linux":  # elsewhere the limit counts other things
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY + OTHER_MEMORY, MAX_MEMORY + OTHER_MEMORY))
    seconds = float(sys.argv[2])
    with Connection(int(sys.argv[1])) as connection:
        while True:
            try:
                request = connection.recv()
            except EOFError:
                return
            signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends the process
            answer = decode(*request)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.send_bytes(answer)


def decode(data: bytes, short_side: int, megapixels: int) -> bytes:
    """Return the size and the RGB pixels of a picture, or zeros and the reason why the file is none."""
    try:
        picture = open_picture(data, short_side=short_side, megapixels=megapixels)
        return SIZE.pack(*picture.size) + picture.tobytes()
    except ImageError as error:
        return SIZE.pack(0, 0) + str(error).encode()
    except MemoryError:
        return SIZE.pack(0, 0) + b"it takes too much memory to decode"


if __name__ == "__main__":
    main()
