"""Programs run to their end, contenders in turn, and what is said about their figures."""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import time


@dataclasses.dataclass
class Run:
    seconds: float
    cpu_s: float
    peak_mib: float
    words: str = dataclasses.field(repr=False, default="")


class Failed(Exception):
    """A program that did not do what it was asked; its last words."""


def run(command, folder, good=(0,), env=None, limit_s=3600):
    """One program to its end: wall and CPU seconds and peak memory, by the kernel's own account of this child.

    The account of a child begins with what its parent held, so the bench itself stays small: what is large runs in a program of its own.
    """
    words = pathlib.Path(folder) / "words.txt"
    with open(words, "w+") as out:
        started = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command], cwd=folder, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=os.environ | (env or {})
        )
        while True:
            ended, status, usage = os.wait4(child.pid, os.WNOHANG if limit_s else 0)
            if ended:
                break
            if time.perf_counter() - started > limit_s:
                child.kill()
                child.wait()
                raise Failed(f"{command[0]} was not done after {limit_s} s")
            time.sleep(0.002)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
    text = words.read_text(errors="replace")
    if child.returncode not in good:
        raise Failed(f"{' '.join(map(str, command))} exited with {child.returncode}: {text[-1500:].strip()}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def in_turn(contenders, runs, said, budget_s=300):
    """{name: () -> Run} asked A B C, A B C, … -> {name: [Run, …]}; who has taken `budget_s` already is not asked again.

    Who fails is left out from then on, with its words in `said`.
    """
    done = {name: [] for name in contenders}
    for _ in range(runs):
        for name, ask in contenders.items():
            if name in said or sum(run.seconds for run in done[name]) > budget_s:
                continue
            try:
                done[name].append(ask())
            except Failed as failed:
                said[name] = str(failed)
    return {name: runs for name, runs in done.items() if name not in said}


def summary(runs):
    seconds, cpu = [one.seconds for one in runs], [one.cpu_s for one in runs]
    return {
        "median_s": statistics.median(seconds),
        "least_s": min(seconds),
        "greatest_s": max(seconds),
        "cpu_s": statistics.median(cpu),
        "peak_mib": max(one.peak_mib for one in runs),
        "runs": len(runs),
    }


def quantiles_ms(seconds):
    ms = sorted(second * 1000 for second in seconds)
    return {"median_ms": statistics.median(ms), "p95_ms": ms[int(len(ms) * 0.95)], "p99_ms": ms[int(len(ms) * 0.99)], "greatest_ms": ms[-1], "asked": len(ms)}


def exponent(points):
    """The b of cost = a · n^b through (n, cost), by least squares of the logarithms."""
    from math import log

    points = [(log(n), log(cost)) for n, cost in points if n > 0 and cost > 0]
    if len(points) < 2:
        return None
    mean_n, mean_cost = statistics.fmean(n for n, _ in points), statistics.fmean(cost for _, cost in points)
    return sum((n - mean_n) * (cost - mean_cost) for n, cost in points) / sum((n - mean_n) ** 2 for n, _ in points)
