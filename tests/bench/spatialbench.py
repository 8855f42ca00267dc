"""SpatialBench Q1, Q8, Q9 and Q12 beside SedonaDB and DuckDB, all from memory, with equal answers.

SpatialBench's own generator makes the data, its trips and buildings are in degrees and so are its distances. Everyone first loads both tables (said
apart), then answers each query in turn. Equal means the same rows; distances to 1e-9 degrees.
"""

import json
import os
import subprocess

from . import timing
from .report import Table

QUERIES = ["Q1", "Q8", "Q9", "Q12"]
WHAT = {
    "Q1": "trips that start within 0.45° of Sedona",
    "Q8": "pickups within 0.0045° of each building",
    "Q9": "pairs of buildings that overlap, intersection over union",
    "Q12": "the 5 nearest buildings of every pickup",
}


def ask(bench):
    table = Table(
        f"SpatialBench SF {bench.sizes.scale}",
        [("query", ""), ("what", "what"), ("who", ""), ("time", "s"), ("ratio", "urbis is faster by"), ("load_s", "load s"), ("rows", "rows"), ("equal", "equal answer"), ("peak_mib", "MiB")],
    )
    peers = bench.peers
    if not (peers.has("spatialbench-cli") and peers.has("duckdb")):
        table.notes.append("spatialbench-cli and duckdb are needed, the second to read its Parquet")
        return table
    data = bench.cache / f"spatialbench/sf{bench.sizes.scale}"
    if not (data / "building.parquet").exists():
        bench.run([peers.bin("spatialbench-cli"), "-s", bench.sizes.scale, "-T", "trip", "-o", data])
        # Below scale 1 the generator makes no buildings at all.
        bench.run([peers.bin("spatialbench-cli"), "-s", max(1, bench.sizes.scale), "-T", "building", "-o", data])
    if not (data / "flat.json").exists():
        bench.python("bench.spatialbench_peers", "flatten", data)
    found, said = {}, {}
    for turn in range(bench.runs):
        for who, ask in asked(bench, data).items():
            if who in said or sum(one["load_s"] + sum(query["seconds"] for query in one["queries"].values()) for one in found.get(who, [])) > bench.budget_s:
                continue
            try:
                ran = ask()
                found.setdefault(who, []).append(json.loads(ran.words.strip().splitlines()[-1]) | {"peak_mib": ran.peak_mib})
            except (timing.Failed, ValueError) as failed:
                said[who] = str(failed)
    for query in QUERIES:
        answers = {who: [one["queries"][query] for one in ran if query in one["queries"]] for who, ran in found.items()}
        truth = next((ran[0]["answer"] for who, ran in answers.items() if who != "urbis" and ran), None)
        for who, ran in answers.items():
            if not ran:
                continue
            runs = [timing.Run(one["seconds"], one["seconds"], 0) for one in ran]
            table.rows.append(
                {"query": query, "what": WHAT[query], "who": who, "time": timing.summary(runs), "load_s": min(one["load_s"] for one in found[who]), "rows": ran[0]["rows"],
                 "equal": same(ran[0]["answer"], truth), "answer": ran[0]["answer"], "peak_mib": max(one["peak_mib"] for one in found[who])}
            )
    for row in table.rows:
        ours = next((one for one in table.rows if one["who"] == "urbis" and one["query"] == row["query"]), None)
        row["ratio"] = row["time"]["median_s"] / ours["time"]["median_s"] if ours and ours["equal"] else None
    table.notes += [f"{who}: {why}" for who, why in said.items()]
    table.notes.append("compared by the count of rows, the sum of keys and of keys times keys (both modulo 2^61 - 1), and the sum of distances or areas to 1e-9 of it")
    return table


def same(answer, truth):
    exact = all(answer[key] == truth[key] for key in ("rows", "keys", "mixed"))
    return exact and abs(answer["measure"] - truth["measure"]) <= 1e-9 * max(1.0, abs(truth["measure"]))


def asked(bench, data):
    who = {}
    bench_binary = rust_bench(bench)
    if bench_binary:
        who["urbis"] = lambda: bench.run([bench_binary, data])
    if bench.peers.has("sedonadb"):
        who["SedonaDB"] = lambda: bench.python("bench.spatialbench_peers", "sedonadb", data, *QUERIES)
    who["DuckDB"] = lambda: bench.python("bench.spatialbench_peers", "duckdb", data, *QUERIES)
    return who


def rust_bench(bench):
    """The program that asks urbis's own index and query, built once."""
    if not hasattr(bench, "spatialbench_binary"):
        command = ["cargo", "bench", "--locked", "-p", "urbis-query", "--bench", "spatialbench", "--no-run", "--message-format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
        built = [json.loads(line) for line in done.stdout.splitlines() if '"executable"' in line]
        bench.spatialbench_binary = next((one["executable"] for one in built if one.get("executable") and one["target"]["name"] == "spatialbench"), None)
        if not bench.spatialbench_binary:
            raise timing.Failed(f"urbis's side does not build: {done.stderr[-600:]}")
    return bench.spatialbench_binary
