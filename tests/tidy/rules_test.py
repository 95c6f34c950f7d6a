#!/usr/bin/env python3
"""Tests of the rules on small bad samples: each rule must be able to fail."""

import unittest

import code_rules
import doc_rules
import form_rules
import function_rules
from tree import Tree, strip_cpp


def broken(rule, files):
    """What `rule` says about a repository of these files."""
    return [str(problem) for problem in rule(Tree(files))]


class Stripping(unittest.TestCase):
    def test_comments_and_literals_are_no_code_but_includes_stay(self):
        text = '#include "a/b.h"  // getenv\n"rand(" /* x\n */ R"x(getenv()")x" \'"\' rand()\n'
        self.assertEqual(strip_cpp(text), '#include "a/b.h"  \n"" \n "" \'\' rand()\n')

    def test_digit_separators_are_no_literals(self):
        self.assertEqual(strip_cpp("int a = 1'000, b = 2'000;"), "int a = 1'000, b = 2'000;")

    def test_line_numbers_are_kept(self):
        text = 'a\nR"x(\n)" \n)x"\nb'
        self.assertEqual(strip_cpp(text).split("\n").index("b"), 4)


class Layering(unittest.TestCase):
    def check(self, path, include):
        return broken(code_rules.layering, {path: f'#include "{include}"\n'})

    def test_an_include_against_the_direction_is_named_with_its_line(self):
        self.assertEqual(self.check("controller/base/a.cc", "net/http.h"),
                         ["controller/base/a.cc:1: [layering] base/ must not include net/http.h"])

    def test_what_is_reachable_may_be_included(self):
        self.assertEqual(self.check("controller/effects/a.cc", "base/time.h"), [])
        self.assertEqual(self.check("controller/main.cc", "app/shell.h"), [])

    def test_the_decision_sees_no_json_although_api_does(self):
        self.assertEqual(len(self.check("controller/decide/a.cc", "base/json.h")), 1)
        self.assertEqual(len(self.check("controller/decide/a.cc", "io/outbox.h")), 1)

    def test_effects_do_not_know_the_watch(self):
        self.assertEqual(len(self.check("controller/effects/a.h", "watch/reflector.h")), 1)

    def test_the_operator_never_includes_simulator_or_tests(self):
        self.assertEqual(len(self.check("controller/app/a.cc", "simulator/job.h")), 1)
        self.assertEqual(len(self.check("controller/main.cc", "tests/support/certs.h")), 1)

    def test_the_simulator_shares_signatures_but_not_the_decoder(self):
        self.assertEqual(self.check("simulator/a.cc", "dts/signer.h"), [])
        self.assertEqual(len(self.check("simulator/a.cc", "dts/reply.h")), 1)
        self.assertEqual(len(self.check("simulator/a.cc", "kube/requests.h")), 1)

    def test_a_new_folder_must_be_placed(self):
        self.assertEqual(len(self.check("controller/novel/a.cc", "base/time.h")), 1)

    def test_the_table_has_no_cycle(self):
        for folder in code_rules.ALLOWED:
            for below in code_rules.ALLOWED[folder]:
                self.assertNotIn(folder, code_rules.reachable(below))

    def test_links_are_checked_too(self):
        library = "dtsop_library(dtsop_store\n  SOURCES store.cc\n  DEPS dtsop_api dtsop_kube)\n"
        self.assertEqual(len(broken(code_rules.link_graph,
                                    {"controller/store/CMakeLists.txt": library})), 1)


class Cpprest(unittest.TestCase):
    def test_the_library_and_its_private_headers_stay_inside(self):
        for name in ("<cpprest/http_client.h>", "<pplx/pplxtasks.h>", '"net/cpprest_lane.h"'):
            files = {"controller/app/shell.cc": f"#include {name}\n"}
            self.assertEqual(len(broken(code_rules.cpprest, files)), 1, name)
            files = {"controller/net/cpprest_call.cc": f"#include {name}\n"}
            self.assertEqual(broken(code_rules.cpprest, files), [], name)
        seam = {"controller/main.cc": '#include "net/cpprest_transport.h"\n'}
        self.assertEqual(broken(code_rules.cpprest, seam), [])


class Purity(unittest.TestCase):
    def check(self, line, path="controller/decide/a.cc"):
        return len(broken(code_rules.purity, {path: line + "\n"}))

    def test_what_differs_between_two_runs_is_refused_in_the_core(self):
        for line in ("auto t = std::chrono::system_clock::now();", "int r = rand();",
                     "std::random_device d;", "std::shuffle(a, b, g);", "std::async(f);",
                     "std::uniform_int_distribution<int> d;", "std::thread t(f);",
                     'getenv("HOME");', "std::locale l;", "std::mutex m;", "time(nullptr);",
                     "std::cerr << 1;", "std::ifstream f;"):
            self.assertEqual(self.check(line), 1, line)
            self.assertEqual(self.check(line, "simulator/job.cc"), 1, line)
            self.assertEqual(self.check(line, "controller/app/operator.cc"), 1, line)
            self.assertEqual(self.check(line, "controller/app/shell.cc"), 0, line)
            self.assertEqual(self.check(line, "simulator/server.cc"), 0, line)

    def test_names_that_only_look_alike_are_not(self):
        for line in ("Random random;", "result.time();", "// getenv", "poll_time(now);",
                     "operand(x);", "fmt::format(x);"):
            self.assertEqual(self.check(line), 0, line)

    def test_an_unordered_container_may_be_looked_up_but_not_walked(self):
        member = {"controller/io/a.h": "std::unordered_map<int, std::vector<int>> calls_;\n"}
        for use, count in (("calls_.find(1);", 0), ("for (auto& c : calls_) {}", 1),
                           ("calls_.begin();", 1), ("std::erase_if(calls_, f);", 1)):
            files = {**member, "controller/io/a.cc": use}
            self.assertEqual(len(broken(code_rules.purity, files)), count, use)


class Sizes(unittest.TestCase):
    def test_a_file_over_the_limit_is_named(self):
        long = {"controller/net/a.cc": "\n" * 301}
        self.assertEqual(len(broken(code_rules.file_sizes, long)), 1)
        self.assertEqual(broken(code_rules.file_sizes, {"controller/net/a.cc": "\n" * 300}), [])

    def test_a_line_over_the_limit_is_named_unless_it_is_an_address(self):
        self.assertEqual(len(broken(code_rules.file_sizes, {"tests/a.cc": "x" * 101})), 1)
        self.assertEqual(broken(code_rules.file_sizes, {"tests/a.cc": "// https://" + "x" * 99}),
                         [])

    def test_functions_are_found_and_measured(self):
        code = strip_cpp('namespace a {\nstruct S {\n  int f() const { return 1; }\n  int x{};\n'
                         '};\nconstexpr int kTable[] = {\n1,\n};\ntemplate <class T>\n'
                         'bool S::operator==(T t) {\n  if (t) {\n  }\n}\n'
                         'TEST(Word, Works) {\n}\n}\n')
        self.assertEqual(function_rules.functions(code),
                         [("f", 3, 1), ("operator==", 9, 5), ("TEST(Word, Works)", 14, 2)])

    def test_a_body_behind_braced_initializers_is_measured_too(self):
        body = "A::A() : a_{1}, b_{2} {\n" + "  Do();\n" * 70 + "}\n"
        self.assertEqual(len(broken(function_rules.function_sizes, {"tests/a.cc": body})), 1)

    def test_a_function_over_the_limit_is_named(self):
        body = "void Long() {\n" + "  Do();\n" * 69 + "}\n"
        found = broken(function_rules.function_sizes, {"controller/net/a.cc": body})
        self.assertIn("Long has 71 lines", found[0])


class Form(unittest.TestCase):
    def test_a_header_explains_and_guards_itself(self):
        good = "// What it is.\n#pragma once\nint a;\n"
        for text, count in ((good, 0), ("#pragma once\n", 1), ("// What.\nint a;\n", 1),
                            ("// What.\nint a;\n#pragma once\n", 1)):
            self.assertEqual(len(broken(form_rules.headers, {"controller/net/a.h": text})), count)

    def test_every_folder_has_a_short_readme(self):
        files = {"controller/net/a.cc": "", "controller/net/README.md": "\n" * 61,
                 "simulator/README.md": "", "tests/README.md": ""}
        self.assertEqual(len(broken(form_rules.readmes, files)), 1)
        del files["controller/net/README.md"]
        self.assertEqual(broken(form_rules.readmes, files),
                         ["controller/net: [readme] needs a README.md"])

    def test_code_without_a_unit_test_folder_is_named(self):
        files = {"controller/net/a.cc": ""}
        self.assertEqual(len(broken(form_rules.unit_tests, files)), 1)
        files["tests/unit/net/a_test.cc"] = ""
        self.assertEqual(broken(form_rules.unit_tests, files), [])

    def test_unfinished_work_and_paths_of_one_machine_are_named(self):
        for text in ("// TO" "DO: later", "FIX" "ME", "see /ho" "me/ann/x", "/wo" "rk/build"):
            self.assertEqual(len(broken(form_rules.words, {"docs/a.md": text})), 1, text)
        for text in ("/home/me/.kube/config", "https://x.org/work/", "todo", "a/work/b"):
            self.assertEqual(broken(form_rules.words, {"docs/a.md": text}), [], text)


class Documents(unittest.TestCase):
    def test_a_reason_that_is_not_explained_or_not_given_is_named(self):
        files = {"controller/decide/a.cc": 'draft.Stalled("NewReason", text);',
                 "docs/status.md": "## Reasons\n\n| Reason |\n|---|\n| `OldReason` | x |\n"}
        self.assertEqual(broken(doc_rules.status_reasons, files),
                         ["controller/decide/a.cc:1: [status-doc] "
                          "docs/status.md does not explain NewReason",
                          "docs/status.md: [status-doc] explains OldReason, which no code gives"])

    def test_error_codes_and_status_words_are_compared(self):
        files = {"controller/dts/errors.cc": 'kRules = {\nErrorRule{\n"Some.Code", 1},\n};',
                 "controller/api/job_state.cc": 'kWords = {{\n{"Walking", 1},\n}};',
                 "docs/status.md": "`Walking`"}
        self.assertEqual(broken(doc_rules.status_reasons, files),
                         ["docs/status.md: [status-doc] does not name the error code Some.Code"])

    def test_flags_are_compared_both_ways(self):
        files = {"controller/app/flags.cc": 'app->add_option(\n"--one", x);\n'
                                            'AddDuration(app, "--two", x);',
                 "docs/operator.md": "## Flags\n\n| `--one` | x |\n| `--three` | x |\n"
                                     "| `--help` | x |\n"}
        found = broken(doc_rules.flags, files)
        self.assertEqual(len(found), 2)
        self.assertIn("--two", found[0])
        self.assertIn("--three", found[1])

    def test_metrics_are_compared_and_must_be_reported(self):
        files = {"controller/observe/metrics.h": 'constexpr MetricDef kOne = {"dts_one", 1};',
                 "docs/operator.md": "## Metrics\n\n| `dts_two` | x |\n"}
        self.assertEqual(len(broken(doc_rules.metrics, files)), 3)

    def test_a_log_line_to_alert_on_must_be_written_by_code(self):
        files = {"controller/app/a.cc": 'Log("one "\n    "message");',
                 "docs/operator.md": "## Log lines worth an alert\n\n| `one message` | x |\n"
                                     "| `another` | x |\n"}
        self.assertEqual(broken(doc_rules.log_lines, files),
                         ['docs/operator.md: [log-doc] no code logs "another"'])

    def test_a_path_that_a_document_names_must_exist(self):
        files = {"ARCHITECTURE.md": "`controller/net/` and `controller/net/b.h`",
                 "controller/net/a.h": ""}
        self.assertEqual(broken(doc_rules.paths_in_documents, files),
                         ["ARCHITECTURE.md:1: [doc-path] controller/net/b.h does not exist"])


if __name__ == "__main__":
    unittest.main()
