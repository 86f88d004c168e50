"""Policy files for benchmarks, and articles to answer from."""

import re
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT, Program

DEMO = ROOT / "bot/demo/policy.yaml"
DEMO_ARTICLES = ROOT / "bot/demo/articles"
MODEL = "claude-haiku-4.5"
SMALL = f"""\
tenant: benchmark
version: benchmark
pace: {{quiet_s: 0.0}}
default: {{models: [{MODEL}], budget: {{max_cost_usd: 1}}, max_output_tokens: 2000}}
"""
MOST_ADDING_S = 120.0


def write_policy(path: Path) -> Path:
    """Write a policy without intents, with one model and no wait for a further message."""
    path.write_text(SMALL, "utf-8")
    return path


def write_copy_of_demo(path: Path) -> Path:
    """Write the demo's policy for another tenant, whose articles are then its own."""
    path.write_text(_of_another_tenant(), "utf-8")
    return path


def write_fast_copy_of_demo(path: Path) -> Path:
    """Write the demo's policy for another tenant, every intent with one model and no wait."""
    text = re.sub(
        r"^ *(fallback|advisor|agent): .*\n", "", _of_another_tenant(), flags=re.MULTILINE
    )
    text = re.sub(r"models: \[[^]]*\]", f"models: [{MODEL}]", text)
    path.write_text(f"{text}\npace: {{quiet_s: 0.0}}\n", "utf-8")
    return path


def shelve(folder: Path, policy: Path, articles: Path) -> str:
    """Add articles to the data of `folder`, as a customer of ours would; returns what it says.

    Raises:
        RuntimeError: not everything could be read.
    """
    arguments = ("knowledge", "add", str(articles), "--policy", str(policy))
    program = Program("bot", (*arguments, "--data", str(folder / "data")), folder)
    process = program.popen()
    try:
        said, _ = process.communicate(timeout=MOST_ADDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    if process.returncode != 0:
        problems = program.log.read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"expected {str(articles)!r} to be added: {said} {problems}")
    return said.strip()


def _of_another_tenant() -> str:
    return DEMO.read_text("utf-8").replace("tenant: aurelis", "tenant: benchmark", 1)
