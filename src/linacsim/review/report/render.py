"""Pages as one file each: HTML, or PDF made of the same HTML (docs/decisions/0009)."""

import base64
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linacsim.formats.targets import check_free
from linacsim.model.findings import InputError, Place, os_reason
from linacsim.review.report.page import SAFETY, Page, Picture

if TYPE_CHECKING:
    from jinja2 import Environment

SUFFIXES = (".html", ".htm", ".pdf")


def render(page: Page) -> str:
    """Return the HTML of a page; it loads nothing from anywhere.

    All texts are escaped. Raises InputError where jinja2 is missing.
    """
    template = _environment().get_template("page.html.jinja")
    return template.render(page=page, safety=SAFETY)


def write_page(page: Page, path: Path, *, overwrite: bool = False) -> Path:
    """Write a page in the form that the suffix says and return `path`.

    No half-written file stays. Raises InputError where the file exists and may not be replaced,
    cannot be written, or a library is missing.
    """
    check_target(path, overwrite=overwrite)
    html = render(page)
    content = pdf_of(html) if path.suffix.lower() == ".pdf" else html.encode()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise InputError(f"cannot write the report: {os_reason(error)}", Place(str(path))) from None
    finally:
        with suppress(OSError):
            temporary.unlink()
    return path


def check_target(path: Path, *, overwrite: bool) -> None:
    """Raise InputError where a report must not or cannot be written there.

    Called before anything is measured or drawn, so that nobody waits for nothing.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError("reports are written as .html or .pdf", Place(str(path)))
    if path.suffix.lower() == ".pdf":
        _weasyprint()
    if path.is_dir():
        raise InputError("this is a folder: name a file in it", Place(str(path)))
    check_free(path, overwrite=overwrite)
    if not path.parent.is_dir():
        raise InputError("there is no such folder", Place(str(path.parent)))


def pdf_of(html: str) -> bytes:
    """Return a page's HTML as PDF; nothing is fetched from anywhere.

    Raises InputError where WeasyPrint or the libraries it needs are missing.
    """
    weasyprint = _weasyprint()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    made: bytes = weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf()
    return made


def _weasyprint() -> Any:
    try:
        import weasyprint
    except ImportError as error:
        raise InputError(
            "PDF needs WeasyPrint: install it with pip install 'linacsim[pdf]'"
        ) from error
    except OSError as error:
        raise InputError(
            "PDF needs the system library Pango, which WeasyPrint does not find: install it "
            "(Debian: libpango-1.0-0 libpangoft2-1.0-0), or print the HTML from a browser"
        ) from error
    return weasyprint


def _environment() -> "Environment":
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise InputError(
            "reports need jinja2: install it with pip install 'linacsim[report]'"
        ) from error
    made = Environment(
        loader=PackageLoader("linacsim.review.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["kind"] = lambda block: type(block).__name__.lower()
    made.filters["data_uri"] = _data_uri
    return made


def _data_uri(picture: Picture) -> str:
    """Return the picture itself as an address; as an image it can neither run nor load anything."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture.svg).decode("ascii")
