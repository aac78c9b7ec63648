"""Documents of three countries as printed data: bills, receipts, a statement."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("samples")
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
BILLS = [name for name in NAMES if name < "09"]
PHOTOS = {"meter.jpg": (FOLDER / "meter.jpg").read_bytes()}


def sample(name: str) -> Any:
    """A fresh copy of a sample by the beginning of its name."""
    return json.loads(next(FOLDER.glob(f"{name}*.json")).read_text())
