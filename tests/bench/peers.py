"""Which peers are here, in which version; installs what it may; says what is missing and why.

Everything lands in .cache/bench: a virtual environment with what is on PyPI, and Martin when asked for with `--with martin`.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MARTIN = "1.14.0"
MARTIN_FEATURES = "postgres,mbtiles,pmtiles,geojson,metrics"


class Peers:
    """The programs to measure beside. `missing` says why a peer is not among them, `versions` which of each it is."""

    def __init__(self, cache, asked):
        self.cache = cache
        self.versions, self.missing = {}, {}
        self.python = cache / "peers/bin/python"
        self.from_pypi()
        self.martin = self.find_martin("martin" in asked)
        self.postgres = self.find_postgres()
        self.wrk = self.find("wrk", ["wrk", "-v"], "apt-get install wrk")
        self.ogr2ogr = self.find("GDAL (ogr2ogr)", ["ogr2ogr", "--version"], "apt-get install gdal-bin")
        self.node = self.find("node", ["node", "--version"], "apt-get install nodejs npm")
        self.npm()

    def bin(self, name):
        return self.python.parent / name

    def has(self, name):
        return name in self.versions

    def from_pypi(self):
        if not self.python.exists():
            subprocess.run([sys.executable, "-m", "venv", self.cache / "peers"], check=True)
        here = self.packages()
        for line in (HERE / "peers.txt").read_text().splitlines():
            wanted = [] if line.startswith("#") else line.split()
            if all(here.get(plain(one)) == one.split("==")[1] for one in wanted):
                continue
            print(f"[bench] installing from PyPI: {line}", file=sys.stderr)
            done = subprocess.run([self.python, "-m", "pip", "install", "-q", *wanted], capture_output=True, text=True)
            if done.returncode != 0:
                self.missing[plain(wanted[0])] = "pip: " + (done.stderr.strip().splitlines() or ["failed"])[-1]
        here = self.packages()
        names = {plain(one) for line in (HERE / "peers.txt").read_text().splitlines() if not line.startswith("#") for one in line.split()}
        self.versions |= {name: here[name] for name in names if name in here}
        if not {"numpy", "shapely", "pyogrio", "pmtiles", "mapbox-vector-tile"} <= set(here):
            sys.exit(f"[bench] nothing can be judged without shapely, pyogrio, pmtiles and mapbox-vector-tile: {self.missing}")

    def packages(self):
        code = "import importlib.metadata as m; print(*(f'{d.name}=={d.version}' for d in m.distributions()))"
        listed = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True).stdout
        return {plain(one): one.split("==")[1] for one in listed.split()}

    def find(self, name, command, remedy):
        found = shutil.which(command[0])
        if not found:
            self.missing[name] = remedy
            return None
        done = subprocess.run([found, *command[1:]], capture_output=True, text=True)
        self.versions[name] = version_in(done.stdout + done.stderr)
        return pathlib.Path(found)

    def find_martin(self, build):
        own = self.cache / "martin/bin/martin"
        found = own if own.exists() else shutil.which("martin")
        if not found and build:
            print("[bench] building Martin: 15 minutes on two cores", file=sys.stderr)
            command = ["cargo", "install", "martin", "--version", MARTIN, "--locked", "--no-default-features", "--features", MARTIN_FEATURES]
            # Outside the workspace, so that its rust-toolchain.toml and target folder are left alone.
            done = subprocess.run([*command, "--root", self.cache / "martin"], cwd=self.cache, env=without(os.environ, "CARGO_TARGET_DIR"))
            if done.returncode != 0:
                self.missing["martin"] = "cargo install failed: see above"
                return None
            found = own
        if not found:
            self.missing["martin"] = "./run bench --with martin builds it (15 minutes on two cores)"
            return None
        self.versions["martin"] = version_in(subprocess.run([found, "--version"], capture_output=True, text=True).stdout)
        return pathlib.Path(found)

    def find_postgres(self):
        folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        control = pathlib.Path("/usr/share/postgresql")
        if not folders or not list(control.glob("*/extension/postgis.control")):
            self.missing["postgis"] = "apt-get install postgresql-15-postgis-3"
            return None
        self.versions["postgres"] = version_in(subprocess.run([folders[-1], "--version"], capture_output=True, text=True).stdout)
        control = next(control.glob("*/extension/postgis.control")).read_text()
        self.versions["postgis"] = version_in(next(line for line in control.splitlines() if "default_version" in line))
        return folders[-1].parent

    def npm(self):
        for package in ("geojson-vt", "vt-pbf"):
            about = HERE / "node_modules" / package / "package.json"
            if about.exists():
                self.versions[package] = version_in(next(line for line in about.read_text().splitlines() if '"version"' in line))
            else:
                self.missing[package] = "npm ci in tests/bench"


def plain(requirement):
    return re.split(r"[\[=]", requirement)[0].lower().replace("_", "-")


def without(environment, name):
    return {key: value for key, value in environment.items() if key != name}


def version_in(text):
    found = re.search(r"\d+\.\d+[\w.]*", text)
    return found[0] if found else text.strip()
