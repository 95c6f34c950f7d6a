#!/usr/bin/env python3
"""Checks the rules that no compiler checks. Run it from anywhere; it reads the repository only.

Exit status 1 and one line per breach, "path:line: [rule] what is wrong", when a rule is broken.
"""

import os
import sys

import code_rules
import doc_rules
import form_rules
import function_rules
from tree import Tree

RULES = (
    code_rules.layering,
    code_rules.link_graph,
    code_rules.cpprest,
    code_rules.purity,
    code_rules.file_sizes,
    function_rules.function_sizes,
    form_rules.headers,
    form_rules.readmes,
    form_rules.unit_tests,
    form_rules.words,
    doc_rules.status_reasons,
    doc_rules.flags,
    doc_rules.metrics,
    doc_rules.log_lines,
    doc_rules.paths_in_documents,
)


def main():
    top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    tree = Tree.read(top)
    problems = [problem for rule in RULES for problem in rule(tree)]
    for problem in problems:
        print(problem)
    print(f"{len(tree.files)} files, {len(RULES)} rules, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
