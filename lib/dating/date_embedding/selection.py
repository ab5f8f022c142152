"""What a date embedding is trained on, and which part of the network is trained."""

from dataclasses import dataclass
from typing import Literal

from pydantic import PositiveInt

Data = Literal["frequent_years", "artist", "top_artists"]
Trunk = Literal["embeddings", "last_block"]


@dataclass(frozen=True)
class Selection:
    """Works that a date embedding is trained and measured on."""

    data: Data = "top_artists"
    """Works: of the artists with most works, of a single artist, or 100 works of each of the 15 most frequent years."""
    artist: str | None = None
    """The artist of --data artist."""
    artists: PositiveInt = 20
    """Number of artists of --data top_artists."""
