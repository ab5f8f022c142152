"""What a fetch may ask of servers, and what it takes from them."""

from dataclasses import dataclass

REDIRECTS = 5  # followed for one address
TRANSFERS = 64  # bodies that one process receives at once, over all hosts: a bound of its memory


class Refused(Exception):
    """An address that is not asked, or an answer that cannot be used; the message is the reason."""


@dataclass(frozen=True)
class Limits:
    """The limits of a fetch.

    requests_per_second: to one host, infinite for no limit. connections: to one host at once. megabytes (10^6 bytes),
    seconds: of one answer, from the connection to the last byte. megapixels (10^6 pixels): of one picture. contact: an
    address for the people who run the servers. allowed_hosts: may lie in networks that are not public. attempts: for
    one address. backoff_seconds: before the second attempt, doubled for each further one. longest_wait: seconds that a
    server may ask to wait.
    """

    requests_per_second: float = 2.0
    connections: int = 2
    megabytes: int = 64
    megapixels: int = 178
    seconds: float = 120.0
    contact: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    attempts: int = 5
    backoff_seconds: float = 1.0
    longest_wait: float = 600.0

    @property
    def user_agent(self) -> str:
        """Return what servers read in their logs."""
        return f"oeuvre ({self.contact})" if self.contact else "oeuvre"
