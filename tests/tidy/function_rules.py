"""The length of functions, by counting braces."""

import re

from code_rules import FUNCTION_LINES_MAX, LONG_FUNCTIONS
from tree import Problem, line_of

_SCOPE = re.compile(r"(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b[^()]*$")
# A test is named by its macro's arguments: TEST(Config, ReadsEverything).
_NAME = re.compile(r"TEST(?:_[FP])?\([^()]*\)|(?:operator[^\w\s]+|[\w:~]+)(?=\s*\()")
_TEMPLATE = re.compile(r"^template\s*<.*?>\s*(?=[a-zA-Z:])", re.DOTALL)


def functions(code):
    """(name, first line, lines) of each function body in stripped C++ `code`.

    A body is a braced block directly in a namespace, class or file that does not follow '='.
    """
    found, scopes, head, start, name = [], 0, 0, None, ""
    depth = 0
    for match in re.finditer(r"[{};]", code):
        char, at = match.group(0), match.start()
        if start is not None:
            depth += {"{": 1, "}": -1}.get(char, 0)
            if depth == 0:
                # What an initializer braces is followed by one of these, a body is not.
                name = "" if code[at + 1:].lstrip()[:1] in (",", ";", ")") else name
                first = line_of(code, start)
                found.append((name, first, line_of(code, at) - first + 1))
                start, head = None, at + 1
            continue
        if char == "{":
            lead = len(code[head:at]) - len(code[head:at].lstrip())
            text = _TEMPLATE.sub("", re.sub(r"^\s*#.*$", "", code[head:at], flags=re.M).strip())
            if _SCOPE.match(text):
                scopes, head = scopes + 1, at + 1
            else:
                called = _NAME.search(text)
                start, depth = head + lead, 1
                name = "" if text.endswith("=") else called.group(0) if called else "a block"
        else:
            scopes -= char == "}"
            head = at + 1
    return [f for f in found if f[0]]


def function_sizes(tree):
    """No function is longer than a screen."""
    for path in tree.cpp(("controller/", "simulator/", "tests/")):
        for name, line, lines in functions(tree.code(path)):
            limit, _ = LONG_FUNCTIONS.get((path, name), (FUNCTION_LINES_MAX, ""))
            if lines > limit:
                yield Problem(path, line, "function-length",
                              f"{name} has {lines} lines, at most {limit}: split it")
