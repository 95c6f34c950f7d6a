"""Rules about what a file or folder must have, and about words that must not stand anywhere."""

import re

from code_rules import README_LINES_MAX, TESTED_ELSEWHERE
from tree import Problem, line_of

# Split, so that this file does not break its own rule.
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
# A folder of the machine on which somebody wrote the file. /home/me stands for anybody's.
_MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(?:work|Users|home/(?!me\b))(?:/|\b)")


def headers(tree):
    """A header says first what it is, then guards itself."""
    for path in tree.paths(("controller/", "simulator/", "tests/"), ".h"):
        text = tree.files[path]
        if not text.startswith("// "):
            yield Problem(path, 1, "header", "must start with a comment that says what it is")
        if text.count("#pragma once") != 1:
            yield Problem(path, 0, "header", "needs one #pragma once")
        elif tree.code(path).split("#pragma once")[0].strip():
            yield Problem(path, 0, "header", "#pragma once must come before all code")


def readmes(tree):
    """Each folder explains itself on one screen."""
    folders = [f"controller/{name}" for name in tree.folders("controller/")]
    for folder in (*folders, "simulator", "tests"):
        text = tree.files.get(f"{folder}/README.md")
        if text is None:
            yield Problem(folder, 0, "readme", "needs a README.md")
        elif text.count("\n") > README_LINES_MAX:
            yield Problem(f"{folder}/README.md", 0, "readme",
                          f"{text.count(chr(10))} lines, at most {README_LINES_MAX}")


def unit_tests(tree):
    """What has code has unit tests, in a folder of the same name."""
    for name in tree.folders("controller/"):
        tested = any(tree.paths(f"tests/unit/{name}/", "_test.cc"))
        if not tree.paths(f"controller/{name}/", ".cc"):
            continue
        if not tested and name not in TESTED_ELSEWHERE:
            yield Problem(f"controller/{name}", 0, "unit-test", f"needs tests/unit/{name}/")
        if tested and name in TESTED_ELSEWHERE:
            yield Problem(f"controller/{name}", 0, "unit-test", "remove it from TESTED_ELSEWHERE")


def words(tree):
    """Nothing is left for later in a comment, and no file knows the machine it was written on."""
    for path, text in tree.files.items():
        for match in _UNFINISHED.finditer(text):
            yield Problem(path, line_of(text, match.start()), "unfinished",
                          f"{match.group(0)}: do it now, or say in ARCHITECTURE.md that it remains")
        for match in _MACHINE_PATH.finditer(text):
            yield Problem(path, line_of(text, match.start()), "machine-path",
                          f"{match.group(0)}... exists on one machine only")
