"""What a tile archive cannot be faster than with zlib: the tiles of an archive, only compressed again, on all cores.

    python -m bench.ceiling ARCHIVE.pmtiles LEVEL   prints the seconds
"""

import concurrent.futures
import os
import sys
import time
import zlib

import pmtiles.reader

from .gates import unpack


def main():
    with open(sys.argv[1], "rb") as file:
        get_bytes = pmtiles.reader.MmapSource(file)
        packed = pmtiles.reader.Reader(get_bytes).header()["tile_compression"]
        tiles = [unpack(data, packed) for _, data in pmtiles.reader.all_tiles(get_bytes)]
    started = time.perf_counter()
    # zlib lets go of the interpreter's lock.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as cores:
        list(cores.map(lambda tile: len(zlib.compress(tile, int(sys.argv[2]))), tiles))
    print(time.perf_counter() - started)


if __name__ == "__main__":
    main()
