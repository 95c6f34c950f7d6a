"""The tests of sdk_test.py, which starts it in its venv: SIMULATOR GO_CLIENT [NODE_CLIENT]."""

import functools
import json
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from clients import Call, CoreClient, ProgramClient, TeaClient
from wire import Recorder, exchange

# Every byte class that a name may hold.
NAME = "a b+*~-_.'()!&=%2B/?#数据"
# (SDK, signature, method, place of the parameters), as far as the SDK can do it.
VARIANTS = [
    ("tea", "acs3", "POST", "query"), ("tea", "acs3", "POST", "body"), ("tea", "acs3", "GET", "query"),
    ("tea", "v1", "POST", "query"), ("tea", "v1", "POST", "body"), ("tea", "v1", "GET", "query"),
    ("core", "v1", "POST", "query"), ("core", "v1", "POST", "body"), ("core", "v1", "GET", "query"),
    ("go", "v1", "POST", "query"), ("go", "v1", "POST", "body"), ("go", "v1", "GET", "query"),
    ("tea", "acs3", "POST", "both"), ("tea", "v1", "POST", "both"), ("core", "v1", "POST", "both"),
    ("go", "v1", "POST", "both"),
]
NODE_VARIANTS = [
    ("node", "acs3", "POST", "query"), ("node", "acs3", "POST", "body"), ("node", "acs3", "GET", "query"),
    ("node", "v1", "POST", "body"), ("node", "v1", "GET", "query"), ("node", "acs3", "POST", "both"),
]


def job_of(variant):
    return "job-" + "-".join(variant)


def config():
    jobs = [{"jobId": job_of(variant), "name": f"{NAME} {number}", "precheckDuration": "0s",
             "initializeDuration": "0s"} for number, variant in enumerate(VARIANTS)]
    actions = ("StartDtsJob", "SuspendDtsJob", "StopDtsJob", "DescribeDtsJobs", "DescribeDtsJobDetail")
    return {
        "accounts": [{"accessKeyId": "key", "accessKeySecret": "secret"},
                     {"accessKeyId": "sts", "accessKeySecret": "secret", "securityToken": "to/ken+=&"},
                     {"accessKeyId": "expired", "accessKeySecret": "secret", "securityToken": "token",
                      "tokenExpired": True},
                     {"accessKeyId": "off", "accessKeySecret": "secret", "active": False},
                     {"accessKeyId": "barred", "accessKeySecret": "secret",
                      "deniedActions": ["StartDtsJob"]}],
        "jobs": jobs,
        "quotas": {action: {"perSecond": 1000, "burst": 1000} for action in actions},
    }


def every_variant(test):
    """Runs `test(self, variant, job)` as a subtest per variant."""
    @functools.wraps(test)
    def run(self):
        for variant in VARIANTS:
            with self.subTest(" ".join(variant)):
                test(self, variant, {"DtsJobId": job_of(variant)})
    return run


class SdkTest(unittest.TestCase):
    def setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.addCleanup(file.close)
        json.dump(config(), file)  # which is YAML too
        file.flush()
        self.simulator = subprocess.Popen(
            [SIMULATOR, "--config", file.name, "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0",
             "--log-level", "info"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.stop)
        ports = json.loads(self.simulator.stdout.readline())
        self.port, self.control = ports["port"], ports["controlPort"]
        # The log would fill the pipe.
        self.drain = subprocess.Popen(["cat"], stdin=self.simulator.stdout, stdout=subprocess.DEVNULL)
        self.recorder = Recorder(self.port)
        self.addCleanup(self.recorder.close)
        self.clients = {"tea": TeaClient(self.recorder.address), "core": CoreClient(self.recorder.address),
                        "go": ProgramClient(GO_CLIENT, self.recorder.address)}
        if NODE_CLIENT:
            self.clients["node"] = ProgramClient("node", NODE_CLIENT, self.recorder.address)
        for name in ("go", "node"):
            if name in self.clients:
                self.addCleanup(self.clients[name].close)

    def stop(self):
        self.simulator.terminate()
        self.simulator.wait(10)
        self.simulator.stdout.close()
        self.drain.wait(10)

    def call(self, variant, action, parameters, **options):
        name, signature, method, place = variant
        return self.clients[name].call(Call(action, parameters, signature, method, place, **options))

    def order(self, path, method, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.control}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    @every_variant
    def test_a_job_is_started_suspended_resumed_and_stopped(self, variant, job):
        def status(variant=variant, job=job):
            return self.call(variant, "DescribeDtsJobDetail", job).body["Status"]

        self.assertEqual(status(), "NotStarted")
        for action, after in (("StartDtsJob", "synchronizing"), ("SuspendDtsJob", "Suspending"),
                              ("StartDtsJob", "synchronizing"), ("StopDtsJob", "Finished")):
            outcome = self.call(variant, action, job)
            self.assertEqual((outcome.code, outcome.status), ("", 200))
            self.assertTrue(outcome.body["RequestId"])
            self.assertEqual(status(), after)
        seen = self.order(f"/jobs/{job['DtsJobId']}", "GET")
        self.assertEqual((seen["startsAccepted"], seen["startsEffective"]), (2, 2))

    @every_variant
    def test_jobs_are_listed_and_filtered_whatever_is_in_their_names(self, variant, _):
        name = f"{NAME} {VARIANTS.index(variant)}"
        outcome = self.call(variant, "DescribeDtsJobs", {"JobType": "SYNC", "Type": "name", "Params": name})
        self.assertEqual(outcome.code, "")
        names = [job["DtsJobName"] for job in outcome.body["DtsJobList"]]
        self.assertIn(name, names)
        self.assertTrue(all(other.startswith(name) for other in names))

    @every_variant
    def test_the_precheck_is_described(self, variant, job):
        if variant[:2] == ("node", "v1"):
            self.skipTest("pop-core takes this action's Code 01 for an error")
        outcome = self.call(variant, "DescribePreCheckStatus", {**job, "JobCode": "01"})
        self.assertEqual((outcome.code, outcome.body["State"]), ("", "NotStarted"))
        self.assertEqual(len(outcome.body["JobProgress"]), 2)

    @every_variant
    def test_a_security_token_is_sent_along(self, variant, job):
        good = self.call(variant, "DescribeDtsJobDetail", job, key="sts", token="to/ken+=&")
        self.assertEqual(good.code, "")
        wrong = self.call(variant, "DescribeDtsJobDetail", job, key="sts", token="other")
        self.assertEqual((wrong.code, wrong.status), ("InvalidSecurityToken.MismatchWithAccessKey", 400))

    @every_variant
    def test_refused_credentials_have_the_codes_of_the_gateway(self, variant, job):
        cases = [({"key": "nobody"}, "InvalidAccessKeyId.NotFound", 404),
                 ({"key": "off"}, "InvalidAccessKeyId.Inactive", 400),
                 ({"key": "expired", "token": "token"}, "InvalidSecurityToken.Expired", 403),
                 ({"key": "barred"}, "Forbidden.RAM", 403)]
        for options, code, status in cases:
            outcome = self.call(variant, "StartDtsJob", job, **options)
            self.assertEqual((outcome.code, outcome.status), (code, status))

    @every_variant
    def test_a_wrong_secret_is_told_from_a_wrong_signature(self, variant, job):
        outcome = self.call(variant, "StartDtsJob", job, secret="wrong")
        self.assertEqual((outcome.code, outcome.status), ("SignatureDoesNotMatch", 400))
        if variant[0] == "go":
            # It compares the string to sign in the message with its own: only the secret can be wrong.
            self.assertIn("InvalidAccessKeySecret", outcome.advice)

    @every_variant
    def test_a_clock_that_is_behind_is_refused(self, variant, job):
        if variant[0] == "go":
            self.skipTest("its clock cannot be set")
        self.assertEqual(self.call(variant, "DescribeDtsJobDetail", job, late=800).code, "")
        outcome = self.call(variant, "DescribeDtsJobDetail", job, late=1000)
        self.assertEqual((outcome.code, outcome.status), ("InvalidTimeStamp.Expired", 400))

    @every_variant
    def test_throttling_says_how_long_to_wait(self, variant, job):
        self.order("/faults", "POST", {"count": 0, "effect": "error", "error": {
            "code": "Throttling.User", "timeLeft": "5s", "shape": "gateway"}})
        outcome = self.call(variant, "DescribeDtsJobDetail", job)
        self.assertEqual((outcome.code, outcome.status), ("Throttling.User", 400))
        if variant[0] == "tea":
            self.assertEqual(outcome.retry_after, 5000)

    @every_variant
    def test_unknown_jobs_and_actions_have_codes(self, variant, _):
        self.order("/behaviour", "PATCH", {"errorShape": "both"})
        outcome = self.call(variant, "StartDtsJob", {"DtsJobId": "none"})
        self.assertEqual((outcome.code, outcome.status), ("InvalidJobId", 404))
        outcome = self.call(variant, "NoSuchAction", {})
        self.assertEqual((outcome.code, outcome.status), ("InvalidAction.NotFound", 404))

    @every_variant
    def test_a_captured_request_cannot_be_sent_again_or_changed(self, variant, job):
        self.recorder.requests.clear()
        self.assertEqual(self.call(variant, "DescribeDtsJobDetail", job).code, "")
        [request] = self.recorder.requests
        again = exchange(self.port, request)
        self.assertTrue(again.startswith(b"HTTP/1.1 400"), again)
        self.assertIn(b"SignatureNonceUsed", again)
        # One letter of the job's id.
        changed = exchange(self.port, request.replace(b"job-", b"jobs"))
        self.assertIn(b"SignatureDoesNotMatch", changed)
        self.assertTrue(changed.startswith(b"HTTP/1.1 400"), changed)


if __name__ == "__main__":
    SIMULATOR, GO_CLIENT, *rest = sys.argv[1:]
    NODE_CLIENT = rest[0] if rest else None
    if NODE_CLIENT:
        VARIANTS += NODE_VARIANTS
    unittest.main(argv=[sys.argv[0], "-v"])
