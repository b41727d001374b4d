"""The report as JSON, for scripts: the figures under the keys of their columns, dates as ISO 8601."""

import json
from datetime import date

from capacity.planning.options import Option
from capacity.reporting.figures import COLUMNS, OPTION_COLUMNS, Value
from capacity.reporting.values import Report, SwitchPart


def render(report: Report) -> bytes:
    whole = {
        "date": report.day.isoformat(),
        "made_at": report.made_at.isoformat(),
        "exact": report.exact,
        "notes": report.notes,
        "summary": report.summary,
        "switches": [_switch(part) for part in report.switches],
        "assumptions": {line.label: line.value for line in report.assumed},
    }
    return (json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode()


def _switch(part: SwitchPart) -> dict[str, object]:
    return {
        **{column.key: _plain(column.of(part)) for column in COLUMNS},
        "slug": part.slug,
        "reasons": part.advice.reasons,
        "break_even": part.advice.break_even,
        "would_change": part.advice.would_change,
        "options": [
            {column.key: _plain(column.of(option)) for column in OPTION_COLUMNS} for option in part.advice.options
        ],
        "notes": part.notes,
    }


def _option(option: Option) -> dict[str, object]:
    return {column.key: _plain(column.of(option)) for column in OPTION_COLUMNS}


def _plain(value: Value) -> str | int | float | None:
    return value.isoformat() if isinstance(value, date) else value
