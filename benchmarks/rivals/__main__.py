"""Installs the rivals into their own environment, `.tools/rivals`: python -m benchmarks.rivals.

Only wheels, only those whose hashes stand in `requirements.txt`; nothing else ever uses them. That
file came from `uv pip compile --generate-hashes --python-version 3.11 --only-binary :all:` on
`litellm==1.110.2`. Releases of LiteLLM have been malicious and were withdrawn (1.82.7, 1.82.8 and
1.107.0): look before raising the pin, and never give a rival our environment or a real key.
"""

import subprocess
import sys

from benchmarks.rivals.parent import PYTHON, ROOT

REQUIREMENTS = ROOT / "benchmarks" / "rivals" / "requirements.txt"
UV = ROOT / ".tools" / "bin" / "uv"


def main() -> int:
    """Make the environment, or say why not; the exit code is 1 then."""
    folder = PYTHON.parent.parent
    options = ["--require-hashes", "--only-binary", ":all:", "-r", str(REQUIREMENTS)]
    if UV.exists():
        steps = [
            [str(UV), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)],
            [str(UV), "pip", "install", "--quiet", "--python", str(PYTHON), *options],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(PYTHON), "-m", "pip", "install", "--quiet", *options],
        ]
    for step in steps:
        code = subprocess.run(step, cwd=ROOT, check=False).returncode
        if code:
            print(f"the rivals could not be installed: {step[0]} ended with {code}")
            return 1
    print(f"the rivals are in {folder.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
