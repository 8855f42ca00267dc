"""Programs that answer tile addresses one after the other, told on standard input: [Z, X, Y, FILE] a line -> seconds and CPU seconds; the tile goes to FILE."""

import json
import subprocess

from .timing import Failed


class Asked:
    """One such program, kept running between rounds."""

    def __init__(self, command, folder, env=None):
        self.words = open(folder / "asked.txt", "w+")
        self.child = subprocess.Popen([str(word) for word in command], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.words, text=True, env=env)
        self.line()

    def line(self):
        line = self.child.stdout.readline()
        if not line:
            self.words.seek(0)
            raise Failed(f"{self.child.args[0]} ended: {self.words.read()[-800:]}")
        return json.loads(line)

    def tile(self, z, x, y, file):
        self.child.stdin.write(json.dumps([z, x, y, str(file)]) + "\n")
        self.child.stdin.flush()
        return self.line()

    def stop(self):
        self.child.stdin.close()
        self.child.wait()
        self.words.close()
