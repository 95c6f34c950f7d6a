"""Rules that hold the documents to the code: what is listed there is what is here."""

import re

from tree import Problem, line_of

STATUS = "docs/status.md"
OPERATOR = "docs/operator.md"
_NAME = re.compile(r'"([A-Z][a-z]+(?:[A-Z][A-Za-z]*|))"')


def reason_of(code):
    """As ReasonFromCode of api/call_failure.cc makes it."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", code))


def first_cells(text, heading):
    """The names in `backticks` in the first cells of the tables below `heading`."""
    section = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    names = set()
    for cell in re.findall(r"^\|([^|\n]*)\|", section.group(1) if section else "", re.M):
        names.update(re.findall(r"`([^`]+)`", cell))
    return names


def literals(tree, paths, pattern):
    found = {}
    for path in paths:
        for match in pattern.finditer(tree.files[path]):
            place = (path, line_of(tree.files[path], match.start()))
            found.setdefault(match.group(1), place)
    return found


def table_rows(tree, path, opening):
    """The first string of each row of the table in `path` that begins with `opening`."""
    text = tree.files.get(path, "")
    table = text[text.find(opening):]
    return literals(type(tree)({path: table[:table.find("};")]}), [path],
                    re.compile(r'\{\s*"([^"]+)"'))


def status_reasons(tree):
    """docs/status.md explains each reason that the code can give, and no other."""
    doc = tree.files.get(STATUS, "")
    listed = first_cells(doc, "Reasons")
    decided = literals(tree, tree.paths("controller/decide/", ".cc"), _NAME)
    for name, (path, line) in decided.items():
        if f"`{name}`" not in doc:
            yield Problem(path, line, "status-doc", f"{STATUS} does not explain {name}")
    words = table_rows(tree, "controller/api/job_state.cc", "kWords")
    rules = table_rows(tree, "controller/dts/errors.cc", "kRules")
    client = literals(tree, tree.paths("controller/dts/", ".cc"), re.compile(r'"(Client\.\w+)"'))
    for name in words:
        if f"`{name}`" not in doc:
            yield Problem(STATUS, 0, "status-doc", f"does not name DTS's status word {name}")
    for code in (*rules, *client):
        if f"`{code}`" not in doc:
            yield Problem(STATUS, 0, "status-doc", f"does not name the error code {code}")
    known = {*decided, *words, *(reason_of(code) for code in client)}
    for name in sorted(listed - known):
        yield Problem(STATUS, 0, "status-doc", f"explains {name}, which no code gives")


def flags(tree):
    """docs/operator.md lists the flags of --help, and no other."""
    path = "controller/app/flags.cc"
    code = tree.files.get(path, "")
    defined = set(re.findall(r'(?:add_option|add_option_function<[^(]*>|add_flag|set_version_flag|'
                             r'AddDuration|AddQuota)\(\s*(?:app,\s*)?"(--[a-z-]+)"', code)) | {"--help"}
    listed = {name.split()[0] for name in first_cells(tree.files.get(OPERATOR, ""), "Flags")}
    for name in sorted(defined - listed):
        yield Problem(path, 0, "flags-doc", f"{OPERATOR} does not list {name}")
    for name in sorted(listed - defined):
        yield Problem(OPERATOR, 0, "flags-doc", f"lists {name}, which does not exist")


def metrics(tree):
    """docs/operator.md lists the metrics of observe/metrics.h, and no other."""
    path = "controller/observe/metrics.h"
    defined = set(re.findall(r'MetricDef \w+ = \{\s*"(\w+)"', tree.files.get(path, "")))
    listed = first_cells(tree.files.get(OPERATOR, ""), "Metrics")
    for name in sorted(defined - listed):
        yield Problem(path, 0, "metrics-doc", f"{OPERATOR} does not list {name}")
    for name in sorted(listed - defined):
        yield Problem(OPERATOR, 0, "metrics-doc", f"lists {name}, which does not exist")
    used = "".join(tree.code(p) for p in tree.cpp("controller/") if p != path)
    for name in re.findall(r"MetricDef (\w+) = ", tree.files.get(path, "")):
        if f"metric::{name}" not in used:
            yield Problem(path, 0, "metrics-doc", f"metric::{name} is reported by nothing")


def log_lines(tree):
    """The log lines that docs/operator.md tells to alert on are those that the code writes."""
    code = "".join(re.sub(r'"\s*\n\s*"', "", tree.files[p]) for p in tree.cpp("controller/"))
    for line in sorted(first_cells(tree.files.get(OPERATOR, ""), "Log lines worth an alert")):
        if f'"{line}"' not in code:
            yield Problem(OPERATOR, 0, "log-doc", f'no code logs "{line}"')


def paths_in_documents(tree):
    """A file that ARCHITECTURE.md or CONTRIBUTING.md names exists."""
    for path in ("ARCHITECTURE.md", "CONTRIBUTING.md"):
        text = tree.files.get(path, "")
        for match in re.finditer(r"`((?:controller|simulator|tests|docs|scripts|deploy|crds)/"
                                 r"[\w./-]+)`", text):
            name = match.group(1).rstrip("/")
            if name not in tree.files and not tree.paths(name + "/"):
                yield Problem(path, line_of(text, match.start()), "doc-path",
                              f"{name} does not exist")
