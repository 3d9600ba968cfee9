"""Put every service's source and the generated contract on the path of the virtual environment.

Run by `make setup`: one `.pth` file, instead of an editable install per service.
"""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write `jixiao.pth` into the running interpreter's site-packages."""
    paths = [*sorted(ROOT.glob("services/*/src")), ROOT / "proto" / "gen", ROOT / "deploy"]
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "jixiao.pth").write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
    sys.stdout.write(f"path written to {site / 'jixiao.pth'}\n")


if __name__ == "__main__":
    main()
