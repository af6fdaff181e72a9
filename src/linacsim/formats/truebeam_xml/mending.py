"""Writes a mended copy of a beam file: only what has one obvious mend, all else as it was.

Mended are separators of leaves, element names of 1.x, and values with a stray `>` or in wrong
letter case. Comments, blanks and line ends elsewhere stay.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from linacsim.formats.truebeam_xml.document import load, parse
from linacsim.formats.truebeam_xml.meanings import renamed, scalars
from linacsim.formats.truebeam_xml.values import is_valid, repaired
from linacsim.formats.truebeam_xml.writer import write_whole
from linacsim.model.findings import Finding, InputError, Place, Severity

_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<[^>\"']*(?:\"[^\"]*\"[^>\"']*|'[^']*'[^>\"']*)*>|[^<]+",
    re.DOTALL,
)
_NAME = re.compile(r"</?\s*([^\s/>]+)")
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BANKS = (("Mlc", "A"), ("Mlc", "B"))


def mend(path: Path, out: Path) -> tuple[Finding, ...]:
    """Write a mended copy of `path` to `out`; return one note for each mend.

    Without anything to mend there is no note and no copy is written. Raises InputError if the file
    cannot be read as XML, if `out` is the file itself, or if it cannot be written.
    """
    data = load(path)
    parse(data, str(path))
    if out.exists() and out.samefile(path):
        raise InputError("the mended copy would overwrite its source", Place(str(out)))
    text, encoding = _decoded(data, path)
    mender = _Mender(str(path))
    mended = "".join(mender.mended(text)).encode(encoding)
    if not mender.findings:
        return ()
    parse(mended, str(out))
    write_whole(mended, out)
    return tuple(mender.findings)


def _decoded(data: bytes, path: Path) -> tuple[str, str]:
    declared = _ENCODING.match(data.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared.group(1).decode() if declared else "utf-8"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    try:
        return data.decode(encoding), encoding
    except (LookupError, UnicodeDecodeError) as error:
        raise InputError(f"cannot decode the file: {error}", Place(str(path))) from None


def _is_start_tag(token: str) -> bool:
    return token.startswith("<") and not token.startswith(("</", "<!", "<?"))


class _Mender:
    """Goes through the text of a file, knowing which element it is in."""

    def __init__(self, file: str) -> None:
        self.findings: list[Finding] = []
        self._file = file
        self._line = 1
        self._open: list[str] = []
        """Names of the open elements, by their meaning."""

    def mended(self, text: str) -> Iterator[str]:
        """Yield the pieces of the mended text."""
        tokens = _TOKEN.findall(text)
        for place, token in enumerate(tokens):
            following = tokens[place + 1] if place + 1 < len(tokens) else ""
            before = tokens[place - 1] if place else ""
            if token.startswith(("<!", "<?")):
                yield token
            elif token.startswith("<"):
                yield self._tag(token)
            elif _is_start_tag(before) and following.startswith("</"):
                yield self._value(token)
            else:
                yield token
            self._line += token.count("\n")

    def _tag(self, token: str) -> str:
        match = _NAME.match(token)
        if match is None:
            return token
        name = match.group(1)
        if token.startswith("</"):
            meant = self._open.pop() if self._open else name
        else:
            parent = self._open[-1] if self._open else ""
            meant = renamed().get((parent, name), name)
            if meant != name:
                self._note(name, f"{name} became {meant}")
            if not token.endswith("/>"):
                self._open.append(meant)
        return token[: match.start(1)] + meant + token[match.end(1) :]

    def _value(self, text: str) -> str:
        pair = (self._open[-2], self._open[-1]) if len(self._open) > 1 else ("", "")
        if pair in _BANKS:
            return self._bank(text, pair[1])
        kind = scalars().get(pair)
        if kind is None or kind.keep_blanks:
            return text
        bare = text.strip().replace("&gt;", ">")
        meant = repaired(bare, kind)
        if meant is None or is_valid(bare, kind):
            return text
        self._note(pair[1], f"{pair[1]} '{bare}' became '{meant}'")
        return meant

    def _bank(self, text: str, bank: str) -> str:
        meant = " ".join(text.split())
        if meant != text:
            self._note(bank, f"leaves of bank {bank} are now separated by single blanks")
        return meant

    def _note(self, element: str, found: str) -> None:
        place = Place(self._file, self._line, element)
        self.findings.append(Finding("structure.mended", Severity.NOTE, found, place=place))
