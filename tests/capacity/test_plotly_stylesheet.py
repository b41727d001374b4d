"""plotly.js injects rules that a strict Content-Security-Policy drops: our stylesheet holds the same ones."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SCRIPT = Path(settings.NODE_MODULES) / "plotly.js-cartesian-dist-min" / "plotly-cartesian.min.js"
TABLE = re.compile(r'=\{("X,X div":.*?)\};for\(')
RULE = re.compile(r"""(?:"([^"]*)"|\b(Y)\b):(?:'([^']*)'|"((?:[^"\\]|\\.)*)")""")


@pytest.mark.skipif(not SCRIPT.exists(), reason="plotly.js is not installed: run the front-end set-up")
def test_the_stylesheet_has_every_rule_of_the_installed_plotly_in_its_order() -> None:
    found = TABLE.search(SCRIPT.read_text())
    assert found, "plotly.js keeps its rules elsewhere now: mend TABLE"
    injected = [
        f"{_selector(quoted or bare)}{{{single or double}}}"
        for quoted, bare, single, double in RULE.findall(found.group(1))
    ]
    ours = (settings.BASE_DIR / "static" / "css" / "plotly-style-global.css").read_text()
    assert ours.split("*/\n", 1)[1].splitlines() == injected[::-1]


def _selector(short: str) -> str:
    return re.sub("^,", " ,", short).replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")
