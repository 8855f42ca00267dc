"""What is asked in the process, by the criterion benches of the crates: index beside rstar and geo-index, tiles before gzip, queries.

`cargo bench` runs them; the medians and their 95 % intervals are read from criterion's own files.
"""

import json
import os
import pathlib
import subprocess
import time

from .report import Table

CRATES = ["urbis-index", "urbis-tiles", "urbis-query"]


def ask(bench, crates=CRATES):
    table = Table("In the process (cargo bench)", [("crate", "crate"), ("question", "question"), ("line", "line"), ("median", "median"), ("interval", "95 % interval")])
    target = pathlib.Path(os.environ["CARGO_TARGET_DIR"])
    for crate in crates:
        started = time.time()
        # The benches that speak criterion; SpatialBench's has its own question.
        command = ["cargo", "bench", "--locked", "-p", crate, "--bench", "questions" if crate != "urbis-tiles" else "tile", "--", "--noplot"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            table.notes.append(f"{crate}: cargo bench exited with {done.returncode}: {done.stderr.strip()[-500:]}")
            continue
        found = [(file, json.loads(file.read_text())) for file in (target / "criterion").rglob("new/estimates.json") if file.stat().st_mtime >= started]
        for file, estimates in sorted(found):
            about = json.loads((file.parent / "benchmark.json").read_text())
            median = estimates["median"]
            interval = median["confidence_interval"]
            table.rows.append(
                {"crate": crate, "question": about["group_id"], "line": " ".join(filter(None, [about["function_id"], about["value_str"]])),
                 "median_ns": median["point_estimate"], "median": span(median["point_estimate"]),
                 "interval": f"{span(interval['lower_bound'])}–{span(interval['upper_bound'])}"}
            )
    return table


def span(nanoseconds):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"
