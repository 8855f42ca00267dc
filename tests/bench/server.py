"""Servers that are asked over HTTP: started, waited for, asked over one kept connection, stopped."""

import http.client
import pathlib
import re
import socket
import subprocess
import time

from .timing import Failed


class Server:
    """A program that listens on a port of this machine."""

    def __init__(self, command, port, folder, ready="/", limit_s=600):
        self.port, self.words = port, pathlib.Path(folder) / f"server-{port}.txt"
        with open(self.words, "w") as words:
            self.child = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=words, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        started = time.perf_counter()
        self.connection = None
        while True:
            if self.child.poll() is not None or time.perf_counter() - started > limit_s:
                self.stop()
                raise Failed(f"{command[0]} does not answer: {self.words.read_text()[-800:]}")
            try:
                self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_s)
                self.get(ready)
                break
            except (http.client.HTTPException, OSError):
                time.sleep(0.01)
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wake(self, ready="/health"):
        """A connection that is open: servers close one that was silent for a while, and opening it is nobody's tile time."""
        try:
            self.get(ready)
        except (http.client.HTTPException, OSError):
            self.connection.close()
            self.get(ready)

    def get(self, path, coding="identity"):
        self.connection.request("GET", path, headers={"Accept-Encoding": coding})
        response = self.connection.getresponse()
        return response.status, response.read()

    def time(self, paths, good=(200, 204)):
        """Seconds of each request, one after the other, its body read to the end."""
        self.wake()
        seconds = []
        for path in paths:
            started = time.perf_counter()
            status, _ = self.get(path)
            seconds.append(time.perf_counter() - started)
            if status not in good:
                raise Failed(f"{path}: {status}")
        return seconds

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.child.pid}/status").read_text())[1])

    def peak_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{self.child.pid}/status").read_text())[1]) / 1024

    def cpu_s(self):
        """User and system seconds so far."""
        fields = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def stop(self):
        self.child.terminate()
        self.child.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.stop()


def urbis(bench, city):
    port = free_port()
    return Server([bench.urbis, "serve", "--city", city, "--listen", f"127.0.0.1:{port}"], port, bench.folder, "/health")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
