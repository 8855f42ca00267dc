"""urbis beside its peers, on the same data in the same run, as Markdown and JSON.

    ./run bench [QUESTION...] [--runs 5] [--with martin] [--out FILE]
    ./run bench-quick [QUESTION...]        the same code on small data, under two minutes

Questions: import, serving, page, batch, borders, cold, warm, inside, spatialbench, growth; all of them unless named.
Contenders take turns (A B A B …). Each answer is checked before its time counts; a figure of urbis is void while one of its quality gates fails.
"""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from . import batch, cold, growth, imports, inside, page, report, serving, spatialbench, timing, warm
from .peers import Peers
from .sizes import FULL, QUICK

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Source:
    """One set of features, as buildings.fgb and buildings.parquet in a folder."""

    def __init__(self, name, folder, features):
        self.name, self.folder, self.features = name, folder, features


class Bench:
    """What every question is asked with."""

    def __init__(self, options, folder):
        self.urbis, self.folder, self.cache = options.urbis.resolve(), folder, options.cache.resolve()
        self.sizes = QUICK if options.quick else FULL
        self.runs = options.runs or self.sizes.runs
        self.budget_s = self.sizes.budget_s
        self.data = pathlib.Path(os.environ.get("URBIS_SHARED_DATA", ROOT.parent / "shared/data"))
        self.peers = Peers(self.cache, options.also or [])
        self.sources = {}

    def run(self, command, good=(0,), env=None):
        return timing.run(command, self.folder, good, env)

    def python(self, module, *arguments):
        """One of the bench's own programs that hold data, apart from the bench, whose memory stays small."""
        return self.run([self.peers.python, "-m", module, *arguments], env={"PYTHONPATH": str(ROOT / "tests"), "PYTHONDONTWRITEBYTECODE": "1"})

    def source(self, made, of):
        """The features of `bench.cities`, made once."""
        if (made, of) not in self.sources:
            folder = self.folder / f"{made}-{pathlib.Path(str(of)).name}"
            folder.mkdir()
            features = int(self.python("bench.cities", made, of, folder).words.split()[-1])
            name = {"buildings": f"{features:,} buildings", "cells": f"{features:,} cells that share borders"}.get(made, f"Liechtenstein, {features:,} buildings")
            self.sources[made, of] = Source(name, folder, features)
        return self.sources[made, of]

    def fresh(self, name):
        """The path of a file that is not there."""
        for suffix in ("", "-wal", "-shm", "-import"):
            self.removed(self.folder / (name + suffix))
        return self.folder / name

    def removed(self, path):
        path.unlink(missing_ok=True)
        return path

    def knows(self, command):
        """Whether this urbis has that command."""
        return subprocess.run([self.urbis, command, "--help"], capture_output=True).returncode == 0


def main():
    options = argparse.ArgumentParser(prog="./run bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(FULL.questions))
    options.add_argument("--urbis", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    options.add_argument("--cache", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    options.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--runs", type=int)
    options.add_argument("--with", dest="also", choices=["martin"], action="append", help="build this peer too: Martin takes 15 minutes on two cores")
    options.add_argument("--out", type=pathlib.Path, default=ROOT / "tests/artefacts/bench", help="without suffix: .md and .json are written")
    options = options.parse_args()
    unknown = set(options.questions) - set(FULL.questions)
    if unknown:
        sys.exit(f"no such question: {', '.join(unknown)}; there are {', '.join(FULL.questions)}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    tables = []
    with tempfile.TemporaryDirectory(prefix="urbis-bench-") as folder:
        bench = Bench(options, pathlib.Path(folder))
        about = machine(bench) | {"load before": load()}
        for question in options.questions or bench.sizes.questions:
            started = time.perf_counter()
            before = load()
            print(f"[bench] {question}", file=sys.stderr, flush=True)
            for table in answers(bench, question):
                table.notes.append(f"load {before} before, {load()} after; took {time.perf_counter() - started:.0f} s")
                print(table.markdown(), flush=True)
                tables.append(table)
                # After each table, so that a bench stopped half-way leaves what it found.
                report.write(options.out, about, tables, bench.peers.missing)
    print(f"[bench] {options.out}.md and .json", file=sys.stderr)
    for name, why in sorted(bench.peers.missing.items()):
        print(f"[bench] missing: {name}: {why}", file=sys.stderr)


def answers(bench, question):
    """The tables that answer a question; a question that cannot be asked here answers with a table that says why."""
    try:
        yield from asked(bench, question)
    except (timing.Failed, AssertionError, OSError) as failed:
        yield report.Table(question, [("why", "could not be measured")], [{"why": f"{type(failed).__name__}: {failed}"}])


def asked(bench, question):
    sizes = bench.sizes
    if question == "import":
        yield imports.ask(bench)
    elif question == "serving":
        yield serving.ask(bench)
    elif question == "page":
        yield page.ask(bench)
    elif question == "batch":
        for count in sizes.batch:
            yield batch.ask(bench, bench.source("buildings", count))
        extract = bench.data / "osm/liechtenstein.osm.pbf"
        if sizes.real and extract.exists():
            yield batch.ask(bench, bench.source("liechtenstein", extract))
    elif question == "borders":
        yield batch.ask(bench, bench.source("cells", sizes.cells), "grid", cells=True)
    elif question == "cold":
        yield cold.ask(bench)
    elif question == "warm":
        yield warm.ask(bench)
    elif question == "inside":
        yield inside.ask(bench)
    elif question == "spatialbench":
        yield spatialbench.ask(bench)
    elif question == "growth":
        yield growth.ask(bench)


def machine(bench):
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal")) / 1024**2
    version = subprocess.run([bench.urbis, "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    versions = bench.peers.versions | {"python": platform.python_version(), "linux": platform.release()}
    return {"urbis": f"{version} {commit}", "machine": f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB", "versions": versions}


def load():
    return f"{os.getloadavg()[0]:.2f}"


if __name__ == "__main__":
    main()
