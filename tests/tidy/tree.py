"""The repository as the rules see it: files by path, and C++ text without what is not code."""

import os
import re
from dataclasses import dataclass

SKIPPED = {".git", "build", "__pycache__"}
TEXT_SUFFIXES = (".cc", ".h", ".in", ".py", ".md", ".txt", ".json", ".yaml", ".yml", ".sh")


@dataclass(frozen=True)
class Problem:
    """One breach of one rule. `line` is 0 when it is about the whole file."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: [{self.rule}] {self.text}"


class Tree:
    """Text files by their path from the top, with '/'."""

    def __init__(self, files):
        self.files = dict(sorted(files.items()))
        self._code = {}

    @staticmethod
    def read(top):
        """All text files below `top`. A file without a suffix counts as text (scripts)."""
        files = {}
        for folder, subfolders, names in os.walk(top):
            subfolders[:] = sorted(set(subfolders) - SKIPPED)
            for name in names:
                path = os.path.join(folder, name)
                if name in SKIPPED or os.path.splitext(name)[1] not in (*TEXT_SUFFIXES, ""):
                    continue
                try:
                    with open(path, encoding="utf-8", newline="") as file:
                        files[os.path.relpath(path, top).replace(os.sep, "/")] = file.read()
                except UnicodeDecodeError:
                    continue
        return Tree(files)

    def paths(self, prefix="", suffix=""):
        """The paths that begin and end so; either may be a tuple of choices."""
        return [p for p in self.files if p.startswith(prefix) and p.endswith(suffix)]

    def cpp(self, prefix=""):
        return self.paths(prefix, (".cc", ".h"))

    def code(self, path):
        """The file without comments and with empty strings; lines keep their numbers."""
        if path not in self._code:
            self._code[path] = strip_cpp(self.files[path])
        return self._code[path]

    def folders(self, prefix):
        """The names of the sub-folders of `prefix` ("controller/") that hold files."""
        return sorted({p[len(prefix):].split("/")[0] for p in self.paths(prefix)
                       if "/" in p[len(prefix):]})


_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)


def strip_cpp(text):
    """`text` with comments removed and literals emptied, line for line. Includes stay."""

    def replace(match):
        token = match.group(0)
        newlines = "\n" * token.count("\n")
        if token.startswith(("//", "/*")):
            return newlines
        line_start = text.rfind("\n", 0, match.start()) + 1
        if text[line_start:match.start()].lstrip().startswith("#include"):
            return token
        return token[0].replace("R", '"') + newlines + token[-1]

    return _TOKEN.sub(replace, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1
