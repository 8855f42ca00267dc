"""Martin in front of PostGIS, or of a GeoJSON file that it holds in memory."""

import json

from .server import Server, free_port


def on_postgis(bench, url, cache_mb):
    return start(bench, "postgis", {"postgres": {"connection_string": url, "auto_publish": {"tables": True, "functions": False}}}, cache_mb)


def on_geojson(bench, file, cache_mb):
    return start(bench, "geojson", {"geojson": {"sources": {"buildings": str(file)}}}, cache_mb)


def start(bench, name, sources, cache_mb):
    port = free_port()
    config = bench.folder / f"martin-{name}-{cache_mb}.yaml"
    # JSON is YAML. One worker a core, as urbis has.
    config.write_text(json.dumps({"listen_addresses": f"127.0.0.1:{port}", "cache_size_mb": cache_mb, "worker_processes": 2, **sources}))
    return Server([bench.peers.martin, "--config", config], port, bench.folder, "/health")
