"""Locks requirements/*.in into requirements/*.txt with hashes and without naming any package index.

``portal`` first: ``dev`` takes its versions from there, so that tests run on what is deployed.
"""

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
OPTIONS = ["--generate-hashes", "--allow-unsafe", "--no-emit-index-url", "--no-emit-find-links", "--strip-extras"]


def main() -> None:
    for name in ("portal", "dev"):
        compile_one = [str(Path(sys.executable).parent / "pip-compile"), *OPTIONS, *sys.argv[1:], "--quiet"]
        subprocess.run(
            [*compile_one, "--output-file", f"requirements/{name}.txt", f"requirements/{name}.in"],
            cwd=REQUIREMENTS.parent,
            check=True,
        )


if __name__ == "__main__":
    main()
