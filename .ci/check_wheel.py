"""Check what the wheel holds: pure Python, typed, small, and nothing but minidl."""

import sys
import zipfile
from pathlib import Path

LIMIT = 235_000  # bytes: 150,000 before models were saved and layers checked so far


def main(path: Path) -> None:
    """Exit with a sentence if the wheel is not what it must be."""
    names = zipfile.ZipFile(path).namelist()
    size = path.stat().st_size
    if not path.name.endswith("-py3-none-any.whl"):
        sys.exit(f"{path.name} is not pure Python")
    if size > LIMIT:
        sys.exit(f"{path.name} has {size} bytes, more than {LIMIT}")
    if "minidl/py.typed" not in names:
        sys.exit(f"{path.name} lacks minidl/py.typed")
    foreign = [name for name in names if not name.startswith(("minidl/", "minidl-"))]
    if foreign:
        sys.exit(f"{path.name} holds foreign files: {foreign}")
    print(f"{path.name}: {len(names)} files, {size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
