"""Where the pictures of a set are published: their addresses, and the identifiers of what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from yarl import URL

from lib.data.columns import column_key
from lib.data.images import ImageHeader
from lib.infra.errors import UserError

_INFO = "/info.json"  # ends the address of an image service, in catalogue.csv of jobs/fetch_images.py too


@dataclass(frozen=True)
class Site:
    """The folder on the web in which pictures, manifest.json and linked-art.json are published.

    address: without a slash at its end.
    """

    address: str

    def of(self, *names: str) -> str:
        """Return the address below the site with these names, each percent-encoded as one segment."""
        return "/".join([self.address, *(quote(name, safe="") for name in names)])

    def picture(self, file: str) -> str:
        """Return the address of a picture. Slashes in its name are those of folders."""
        return f"{self.address}/{quote(file)}"


@dataclass(frozen=True)
class Picture:
    """A picture as it is published.

    header: of its file. address: of the picture; of `service`, where there is one, its full size. service: of the IIIF
    Image API. columns: what the user's table says of the work.
    """

    header: ImageHeader
    address: str
    service: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


def parse_site(text: str, *, option: str) -> Site:
    """Return the site at an address. Raises UserError, which names the option, for what is no http(s) address."""
    try:
        url = URL(text.strip())
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host or url.query_string or url.fragment:
        raise UserError(
            f"{option} {text!r} is no address of a folder on the web; give one such as https://example.org/pictures"
        )
    return Site(str(url).rstrip("/"))


def published_picture(file: str, *, header: ImageHeader, site: Site, columns: Mapping[str, str]) -> Picture:
    """Return the picture as it is published: at the address in its columns, else on the site under its name."""
    address = next((text for name, text in columns.items() if column_key(name) == "address"), "")
    if not address.startswith(("http://", "https://")):
        return Picture(header, site.picture(file), columns=columns)
    if not address.endswith(_INFO):
        return Picture(header, address, columns=columns)
    service = address.removesuffix(_INFO)
    return Picture(header, f"{service}/full/max/0/default.jpg", service=service, columns=columns)
