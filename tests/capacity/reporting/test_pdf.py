"""The PDF, looked at as a reader would: its text, its pages as pictures, its charts."""

import io
from typing import Any

import numpy as np
import pypdfium2
import pytest
from django.utils import timezone
from pypdf import PdfReader

from capacity.reporting import pdf
from capacity.reporting.assemble import assemble
from capacity.reporting.charts import customers_chart, vlans_chart
from capacity.reporting.values import Report
from tests.capacity.reporting.conftest import LONG

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SCALE = 1.5


@pytest.fixture
def paper(report: Report) -> bytes:
    return pdf.render(report)


def pictures(paper: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(paper)
    try:
        return [np.asarray(page.render(scale=SCALE).to_pil().convert("RGB")).astype(int) for page in document]
    finally:
        document.close()


def is_green(picture: Any) -> Any:
    """The colour of the customers' curve and its fan; nothing else on these pages is that green but rules."""
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return (green - red > 12) & (abs(green - blue) < 30)


def is_blue(picture: Any) -> Any:
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return (blue - red > 12) & (blue - green > 8)


def test_it_begins_with_the_summary_and_ends_with_the_terms(paper: bytes, report: Report) -> None:
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(paper)).pages]
    assert all(sentence.split(":")[0] in pages[0] for sentence in report.summary)
    assert "What the terms mean" in pages[-1]
    for part in report.switches:
        assert sum(page.startswith(part.name[:20]) or f" {part.name[:20]}" in page for page in pages) >= 1
    assert f"Page 1 of {len(pages)}" in pages[0]


def test_no_page_is_empty_and_a_switch_takes_two_at_most(paper: bytes, report: Report) -> None:
    seen = pictures(paper)
    assert len(report.switches) + 2 <= len(seen) <= 2 * len(report.switches) + 3
    for number, picture in enumerate(seen, 1):
        ink = (picture.min(axis=2) < 160).mean()
        assert ink > 0.004, f"page {number} is all but empty"


def test_each_switch_has_a_chart_of_customers_and_one_of_vlans_with_curves_in_them(
    paper: bytes, report: Report
) -> None:
    reader = PdfReader(io.BytesIO(paper))
    firsts = [n for n, page in enumerate(reader.pages) if n and "Practical ceiling (customers)" in page.extract_text()]
    seen = pictures(paper)
    assert len(firsts) == len(report.switches)
    for number in firsts:
        height, width, _ = seen[number].shape
        left, right = seen[number][:, : width // 2], seen[number][:, width // 2 :]
        body = slice(height // 5, height * 3 // 4)
        assert is_green(left[body]).sum() > 40, f"no curve of customers on page {number + 1}"
        assert is_blue(right[body]).sum() > 40, f"no curve of VLANs on page {number + 1}"


def test_nothing_runs_off_the_page_however_long_the_name(paper: bytes) -> None:
    assert LONG in "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(paper)).pages)
    for number, picture in enumerate(pictures(paper), 1):
        margin = int(10 / 25.4 * 72 * SCALE)
        edges = [picture[:, :margin], picture[:, -margin:]]
        assert all(edge.min() > 200 for edge in edges), f"something in the margin of page {number}"


def test_the_charts_carry_their_ceilings_in_words(report: Report) -> None:
    part = report.switches[0]
    assert f"practical ceiling: {part.ceiling.practical:,}" in customers_chart(part)
    assert f"usable VLAN IDs: {part.ceiling.limit:,}" in vlans_chart(part)


def test_the_same_report_is_drawn_the_same(report: Report) -> None:
    assert customers_chart(report.switches[0]) == customers_chart(report.switches[0])


@pytest.mark.usefixtures("db")
def test_a_report_without_a_switch_is_a_page_that_says_so() -> None:
    paper = pdf.render(assemble(day=timezone.localdate(), now=timezone.now()))
    first = PdfReader(io.BytesIO(paper)).pages[0].extract_text()
    assert "There is no core switch to report on." in " ".join(first.split())
