"""python -m serve.decoder SOCKET SECONDS    (started by serve/decoders.py)

A process that decodes one picture after another. The system ends it where a picture takes more than so many seconds of
processor time: nothing else stops a decoder in the middle of a picture. It gets no more memory than a picture may take.
"""

import resource
import signal
import struct
import sys
from multiprocessing.connection import Connection

from lib.data.image_limits import MAX_MEMORY, ImageError
from lib.data.images import open_picture

# A request is a message of the limits, short side and megapixels, and one of the file. An answer is a message of the
# width and height of the picture and one of its RGB pixels, or of two zeros and one of the reason why there is none.
NUMBERS = struct.Struct("<qq")
READY = b"ready"  # the first message of all
OTHER_MEMORY = 2**29  # bytes for the file, for small copies and for Python


def main() -> None:
    """Answer every request on the socket until the other end is closed."""
    if sys.platform == "linux":  # elsewhere the limit counts other things
        resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY + OTHER_MEMORY, MAX_MEMORY + OTHER_MEMORY))
    seconds = float(sys.argv[2])
    decode(b"no picture", short_side=1, megapixels=1)  # loads the libraries, which the first picture shall not pay for
    with Connection(int(sys.argv[1])) as connection:
        connection.send_bytes(READY)
        while True:
            try:
                short_side, megapixels = NUMBERS.unpack(connection.recv_bytes())
            except EOFError:
                return
            data = connection.recv_bytes()
            signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends the process
            size, answer = decode(data, short_side=short_side, megapixels=megapixels)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.send_bytes(NUMBERS.pack(*size))
            connection.send_bytes(answer)


def decode(data: bytes, *, short_side: int, megapixels: int) -> tuple[tuple[int, int], bytes]:
    """Return the size and the RGB pixels of a picture, or zeros and the reason why the file is none."""
    try:
        picture = open_picture(data, short_side=short_side, megapixels=megapixels)
        return picture.size, picture.tobytes()
    except ImageError as error:
        return (0, 0), str(error).encode()
    except MemoryError:
        return (0, 0), b"it takes too much memory to decode"


if __name__ == "__main__":
    main()
