"""File names of trajectory logs (research/log-formats.md 1.8)."""

import re
from datetime import datetime

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_MOST_CHARACTERS = 60


def log_file_name(patient_id: str, plan: str, beam: str, when: datetime) -> str:
    """Return `<patient ID>_<plan>_<beam>_<yyyyMMddHHmmss>.bin`.

    Characters that file systems refuse, the colon of `1.1:TX` among them, become `_`; each
    text is cut to 60 characters.
    """
    texts = (_FORBIDDEN.sub("_", text)[:_MOST_CHARACTERS] for text in (patient_id, plan, beam))
    return f"{'_'.join(texts)}_{when:%Y%m%d%H%M%S}.bin"
