"""ST_AsMVT over libpq, one prepared statement: python -m bench.st_asmvt URL; see asked.py for what is said."""

import json
import sys
import time

import psycopg

from .postgres import TILE

with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    print("{}", flush=True)
    for line in sys.stdin:
        z, x, y, file = json.loads(line)
        started = time.perf_counter()
        data = connection.execute(TILE, (z, x, y) * 2, prepare=True, binary=True).fetchone()[0]
        seconds = time.perf_counter() - started
        with open(file, "wb") as out:
            out.write(data or b"")
        print(json.dumps({"seconds": seconds}), flush=True)
