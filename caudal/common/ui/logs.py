"""What the log does not keep: a page that refuses is written down with its path, and some paths are a key."""

import logging
import re
from typing import Final

# Where the links of mails and papers lead: to a bill, to a user of one's own, to a new password.
KEYED: Final = re.compile(r"/(f|registro|cuenta/password/reset/key)/[^/]+")


class WithoutKeys(logging.Filter):
    """Puts dots in the place of the key."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_dotted(each) if isinstance(each, str) else each for each in record.args)
        return True


def _dotted(text: str) -> str:
    return KEYED.sub(r"/\1/…", text)
