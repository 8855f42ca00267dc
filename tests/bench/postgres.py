"""A PostGIS of our own, in a folder that goes away, with the features in one table under a GiST index."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from .server import free_port
from .timing import Failed

# Web Mercator in the table, as PostGIS and Martin advise for speed: nobody transforms while a tile waits.
TILE = """SELECT ST_AsMVT(tile, 'buildings', 4096, 'geometry', 'ogc_fid') FROM (
    SELECT ogc_fid, key, name, use, levels, height_m, ST_AsMVTGeom(geom, ST_TileEnvelope(%s, %s, %s), 4096, 64, true) AS geometry
    FROM buildings WHERE geom && ST_TileEnvelope(%s, %s, %s, margin => 64.0 / 4096)) AS tile WHERE geometry IS NOT NULL"""


class Postgres:
    """Started on a free port for the user of the bench; PostgreSQL refuses to run as root, who becomes `postgres` for it."""

    def __init__(self, bench):
        self.bench, self.port = bench, free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="urbis-bench-pg-"))
        self.become = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
            self.become = ["runuser", "-u", "postgres", "--"]
        programs = bench.peers.postgres
        self.call([programs / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "--no-locale", "-E", "UTF8"])
        settings = f"-p {self.port} -c listen_addresses=127.0.0.1 -c shared_buffers=1GB -c fsync=off -c unix_socket_directories={self.folder}"
        self.control = programs / "pg_ctl"
        self.call([self.control, "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-o", settings, "start"])
        self.pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])

    def call(self, command):
        # No pipe: the server that pg_ctl starts would keep it open.
        with open(self.bench.folder / "postgres.txt", "w+") as words:
            done = subprocess.run([*self.become, *map(str, command)], stdout=words, stderr=words, cwd="/")
            if done.returncode != 0:
                words.seek(0)
                raise Failed(f"{command[0]}: {words.read()[-800:]}")

    @property
    def url(self):
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def load(self, fgb):
        self.sql("CREATE EXTENSION postgis")
        self.bench.run(
            ["ogr2ogr", "-f", "PostgreSQL", f"PG:host=127.0.0.1 port={self.port} user=postgres dbname=postgres", fgb, "-nln", "buildings", "-t_srs", "EPSG:3857",
             "-lco", "GEOMETRY_NAME=geom", "-lco", "SPATIAL_INDEX=GIST", "-lco", "FID=ogc_fid", "--config", "PG_USE_COPY", "YES"]
        )
        self.sql("VACUUM ANALYZE buildings")

    def sql(self, text):
        self.call([self.control.parent / "psql", "-h", "127.0.0.1", "-p", self.port, "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-q", "-c", text])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call([self.control, "-D", self.folder / "data", "-m", "immediate", "stop"])
        shutil.rmtree(self.folder)
