"""The processes that decode pictures for the service: without Ray."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from lib.data.images import open_picture
from serve.decoders import Decoders


def encode(image: Image.Image, format: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def decoders() -> Iterator[Decoders]:
    yield Decoders(2, seconds=0.5, megapixels=40)


GOOD = encode(Image.linear_gradient("L").resize((900, 600)).convert("RGB"), "JPEG")
SLOW = b"P3 4000 4000 255\n" + b"1 " * (3 * 4000 * 4000)  # numbers as text, which take seconds


def test_pictures_are_those_of_the_function(decoders: Decoders) -> None:
    pictures = decoders.open([GOOD, b"text", GOOD, encode(Image.new("RGB", (7000, 6000)), "PNG")], short_side=320)
    expected = open_picture(GOOD, short_side=320)
    for picture in (pictures[0], pictures[2]):
        assert isinstance(picture, Image.Image)
        assert (picture.mode, picture.size, picture.tobytes()) == ("RGB", expected.size, expected.tobytes())
    assert pictures[1::2] == ["not an image of a known format", "more than 40 megapixels"]


def test_a_picture_that_takes_too_long_is_rejected_by_itself(decoders: Decoders) -> None:
    pictures = decoders.open([GOOD, SLOW, GOOD, SLOW, GOOD, SLOW, GOOD], short_side=320)
    assert all(isinstance(picture, Image.Image) for picture in pictures[::2])
    assert all("more than 0.5 s of processor time" in str(picture) for picture in pictures[1::2])


def test_a_decoder_that_was_ended_is_replaced(decoders: Decoders) -> None:
    for _ in range(2):
        decoder = decoders.idle.get()
        decoder.process.kill()
        decoder.process.wait()
        decoders.idle.put(decoder)
    assert all(isinstance(picture, Image.Image) for picture in decoders.open([GOOD] * 4, short_side=320))
