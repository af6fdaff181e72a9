"""Verdicts as JUnit XML, which continuous integration systems show.

There is no standard; this keeps to what Jenkins' and GitLab's readers share: a suite with its
counts, a case each, `failure` for what changed and `error` for what could not be compared.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from lxml import etree

from linacsim.regress.baseline import NOTICE
from linacsim.regress.rows import change_line, headline
from linacsim.regress.verdicts import BAD, FAILS, Verdict

_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(
    path: Path, folder: Path, verdicts: Sequence[Verdict], seconds: Mapping[str, float]
) -> None:
    """Write a file; `seconds` is how long each case took. Raises OSError."""
    suite = etree.Element(
        "testsuite",
        name=_clean(f"linacsim regress {folder}"),
        tests=str(len(verdicts)),
        failures=str(sum(v.status in FAILS for v in verdicts)),
        errors=str(sum(v.status in BAD for v in verdicts)),
        skipped="0",
        time=f"{sum(seconds.values()):.3f}",
    )
    properties = etree.SubElement(suite, "properties")
    etree.SubElement(properties, "property", name="notice", value=NOTICE)
    for verdict in verdicts:
        _add(suite, folder, verdict, seconds.get(verdict.name, 0.0))
    suites = etree.Element("testsuites")
    suites.append(suite)
    text = etree.tostring(suites, pretty_print=True, xml_declaration=True, encoding="UTF-8")
    path.write_bytes(text)


def _add(suite: etree._Element, folder: Path, verdict: Verdict, wall_s: float) -> None:
    case = etree.SubElement(
        suite,
        "testcase",
        classname=_clean(f"regress.{folder.resolve().name}"),
        name=_clean(verdict.name),
        time=f"{wall_s:.3f}",
    )
    lines = [*verdict.reasons, *(change_line(change) for change in verdict.changes)]
    if verdict.status in FAILS | BAD:
        kind = "failure" if verdict.status in FAILS else "error"
        told = etree.SubElement(
            case, kind, message=_clean(headline(verdict)), type=verdict.status.value
        )
        told.text = _clean("\n".join(lines))
    elif lines:
        etree.SubElement(case, "system-out").text = _clean("\n".join(lines))


def _clean(text: str) -> str:
    return _NOT_XML.sub("?", text)
