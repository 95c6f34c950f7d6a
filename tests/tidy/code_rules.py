"""Rules about code. Each takes a Tree and yields Problems; the tables say what is allowed."""

import re

from tree import Problem, line_of

# What a folder of controller/ may name in dtsop_library(... DEPS) of its own. It may include what
# is reachable through these. Top to bottom in the order of the flow, so a cycle can't be written.
ALLOWED = {
    "base": [],
    "net": ["base"],
    "io": ["net"],
    "api": ["base"],
    "kube": ["net"],
    "dts": ["net", "api"],
    "credentials": ["io", "dts"],
    "status": ["api"],
    "decide": ["status", "api"],
    "queue": ["api"],
    "store": ["api"],
    "lease": ["io", "api", "kube"],
    "observe": ["io"],
    "watch": ["io", "kube", "store", "queue", "observe"],
    "effects": ["decide", "credentials", "dts", "lease", "queue", "store", "observe"],
    "app": ["effects", "watch", "observe", "kube"],
}
# The simulator stands for the other side: it shares no more than text, HTTP and signatures.
SIMULATOR_MAY_INCLUDE = ("base/", "net/", "dts/signer.h", "dts/credentials.h", "simulator/")
# What a folder must not even name, although it could reach it.
NEVER = {
    "decide": ("base/json.h", "base/random.h", "nlohmann/", "net/", "io/"),
    "status": ("base/json.h", "base/random.h", "nlohmann/", "net/", "io/"),
}

# Everything that runs in the simulation: the same events must give the same commands.
PURE_FOLDERS = ("api", "credentials", "decide", "status", "queue", "store", "lease", "watch",
                "effects", "io")
PURE_FILES = ("controller/app/operator.cc", "controller/app/operator.h")
IMPURE = {
    r"\b(?:system|steady|high_resolution)_clock::now\b": "a clock: take Now as an argument",
    r"\bclock_gettime\b|\bgettimeofday\b|(?<![\w.>])time\(": "a clock: take Now as an argument",
    r"\brandom_device\b|(?<![\w.>])s?rand\(": "randomness of its own: take a Random",
    r"\bstd::(?:ranges::)?shuffle\b|\buniform_\w+_distribution\b|\bmt19937":
        "randomness that differs between libraries: use base/random.h",
    r"\bstd::j?thread\b|\bstd::async\b|\bpthread_create\b": "a thread: the core has one",
    r"\bstd::(?:recursive_|shared_)?mutex\b|\bstd::atomic\b": "a lock: the core has one thread",
    r"\bgetenv\b": "the environment: it comes in as options",
    r"\bsetlocale\b|\bstd::locale\b": "a locale: the output depends on the machine",
    r"\bf?printf\(|\bstd::c(?:out|err)\b|\bfopen\b|\bi?fstream\b": "I/O: the shell does that",
}

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
README_LINES_MAX = 60
# Files over the limit: what they may have now, and why. Never raise a figure; shorten the file.
LONG_FILES = {}
LONG_FUNCTIONS = {
    ("tests/unit/simulator/config_test.cc", "TEST(Config, ReadsEverything)"):
        (75, "every field of the configuration, and what each becomes, side by side"),
}
# Folders of controller/ without tests/unit/<folder>, and what tests them instead.
TESTED_ELSEWHERE = {}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', re.MULTILINE)


def includes(tree, path):
    code = tree.code(path)
    return [(line_of(code, m.start(1)), m.group(1)) for m in INCLUDE.finditer(code)]


def reachable(folder):
    """The folders that `folder` may include, itself among them."""
    seen, todo = set(), [folder]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(ALLOWED.get(name, []))
    return seen


def layering(tree):
    """Includes point one way."""
    for path in tree.cpp("controller/"):
        parts = path.split("/")
        folder = parts[1] if len(parts) > 2 else "main"
        if folder != "main" and folder not in ALLOWED:
            yield Problem(path, 0, "layering", f"add controller/{folder} to ALLOWED")
            continue
        for line, name in includes(tree, path):
            top = name.split("/")[0]
            if top in ("simulator", "tests"):
                yield Problem(path, line, "layering", f"the operator must not include {name}")
            elif folder != "main" and top in ALLOWED and top not in reachable(folder):
                yield Problem(path, line, "layering", f"{folder}/ must not include {name}")
            elif name.startswith(NEVER.get(folder, ())):
                yield Problem(path, line, "layering",
                              f"{folder}/ is pure and must not include {name}")
    for path in tree.cpp("simulator/"):
        for line, name in includes(tree, path):
            ours = name.split("/")[0] in (*ALLOWED, "simulator", "tests")
            if ours and not name.startswith(SIMULATOR_MAY_INCLUDE):
                yield Problem(path, line, "layering", f"the simulator must not include {name}")


def link_graph(tree):
    """Each library links only what ALLOWED lists for its folder."""
    library = re.compile(r"dtsop_library\((\w+)(.*?)\)", re.DOTALL)
    for path in tree.paths("controller/", "/CMakeLists.txt"):
        folder = path.split("/")[1]
        own = {f"dtsop_{name}" for name in library.findall(tree.files[path])}
        for match in library.finditer(tree.files[path]):
            own.add(match.group(1))
            for name in re.findall(r"\bdtsop_(\w+)", match.group(2)):
                if f"dtsop_{name}" not in own and name not in ALLOWED.get(folder, []):
                    yield Problem(path, line_of(tree.files[path], match.start()), "link-graph",
                                  f"{match.group(1)} must not link dtsop_{name}")


def cpprest(tree):
    """One seam: the HTTP library can be replaced by writing one file anew."""
    for path in tree.cpp():
        inside = path.startswith("controller/net/cpprest_")
        for line, name in includes(tree, path):
            if name.startswith(("cpprest/", "pplx/")) and not inside:
                yield Problem(path, line, "cpprest", f"only net/cpprest_* may include <{name}>")
            private = name.startswith("net/cpprest_") and name != "net/cpprest_transport.h"
            if private and not inside:
                yield Problem(path, line, "cpprest", f"{name} is private to net/cpprest_*.cc")


def is_pure(path):
    parts = path.split("/")
    if parts[0] == "simulator":
        return parts[-1] not in ("main.cc", "server.cc", "server.h")
    return path in PURE_FILES or (parts[0] == "controller" and parts[1] in PURE_FOLDERS)


def purity(tree):
    """What runs in the simulation is reproducible."""
    pure = [path for path in tree.cpp(("controller/", "simulator/")) if is_pure(path)]
    unordered = set()
    for path in pure:
        unordered.update(re.findall(r"\bunordered_\w+<[^;{}()]*>\s+(\w+)\s*[;={]", tree.code(path)))
    for path in pure:
        code = tree.code(path)
        for pattern, why in IMPURE.items():
            for match in re.finditer(pattern, code):
                yield Problem(path, line_of(code, match.start()), "purity",
                              f"{match.group(0).rstrip('(')} is {why}")
        for name in unordered:
            loop = rf"for \([^;()]*:\s*{name}\)|\b{name}\.c?begin\(|erase_if\({name}\b"
            for match in re.finditer(loop, code):
                yield Problem(path, line_of(code, match.start()), "purity",
                              f"{name} has no fixed order: never iterate over it, or use a map")


def file_sizes(tree):
    for path in tree.paths(("controller/", "simulator/", "tests/"), (".cc", ".h", ".py")):
        lines = tree.files[path].count("\n")
        limit, _ = LONG_FILES.get(path, (FILE_LINES_MAX, ""))
        if lines > limit:
            yield Problem(path, 0, "file-length", f"{lines} lines, at most {limit}: split it")
        elif path in LONG_FILES and lines <= FILE_LINES_MAX:
            yield Problem(path, 0, "file-length", "is short enough now: remove it from LONG_FILES")
        for number, line in enumerate(tree.files[path].split("\n") if is_cpp(path) else (), 1):
            if len(line) > COLUMNS_MAX and not is_unbreakable(line):
                yield Problem(path, number, "columns",
                              f"{len(line)} columns, at most {COLUMNS_MAX}")
    for path in LONG_FILES:
        if path not in tree.files:
            yield Problem(path, 0, "file-length", "has gone: remove it from LONG_FILES")


def is_cpp(path):
    return path.endswith((".cc", ".h"))


def is_unbreakable(line):
    """A raw string's content or an address can't be broken."""
    return "http://" in line or "https://" in line or 'R"' in line
