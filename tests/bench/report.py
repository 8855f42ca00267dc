"""What a question's answer looks like: one Markdown document and one JSON file."""

import dataclasses
import json


@dataclasses.dataclass
class Table:
    """`columns` are (key, heading) over the dictionaries in `rows`; the JSON keeps every key, shown or not."""

    title: str
    columns: list
    rows: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)

    def markdown(self):
        lines = [f"### {self.title}", "", "| " + " | ".join(heading for _, heading in self.columns) + " |", "|" + "---|" * len(self.columns)]
        lines += ["| " + " | ".join(cell(row.get(key)) for key, _ in self.columns) + " |" for row in self.rows]
        return "\n".join([*lines, "", *[f"- {note}" for note in self.notes], ""])


def cell(value):
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    if isinstance(value, dict) and "median_s" in value:
        return f"{seconds(value['median_s'])} ({seconds(value['least_s'])}–{seconds(value['greatest_s'])})"
    if isinstance(value, dict) and "median_ms" in value:
        return f"{value['median_ms']:.3g} / {value['p95_ms']:.3g} / {value['greatest_ms']:.3g}"
    return str(value).replace("|", "\\|").replace("\n", " ")


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def markdown(about, tables, missing):
    lines = ["# urbis beside its peers", ""]
    lines += [f"- {name}: {value}" for name, value in about.items() if not isinstance(value, dict)]
    lines += ["- versions: " + ", ".join(f"{name} {version}" for name, version in sorted(about["versions"].items())), ""]
    if missing:
        lines += ["Missing here:", "", *[f"- {name}: {why}" for name, why in sorted(missing.items())], ""]
    lines += ["Seconds are median (least–greatest), milliseconds median / p95 / greatest, memory is the peak resident.", ""]
    return "\n".join(lines + [table.markdown() for table in tables])


def write(path, about, tables, missing):
    """PATH.md and PATH.json."""
    path.with_suffix(".md").write_text(markdown(about, tables, missing))
    figures = {"about": about, "missing": missing, "tables": [dataclasses.asdict(table) for table in tables]}
    path.with_suffix(".json").write_text(json.dumps(figures, indent=1, ensure_ascii=False, default=str) + "\n")
