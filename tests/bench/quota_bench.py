#!/usr/bin/env python3
"""Measures what the released operator asks of DTS, and how it takes refusals and outages.

usage: tests/bench/quota_bench.py [--jobs 1000]

Needs `make build` and scripts/kubernetes-tools; `make bench` runs them. Prints one JSON object:
  starts        all jobs, half of them in each of two namespaces, are to be started under a quota of 50
                StartDtsJob a second: the share of the quota that was used, the share of calls that DTS refused,
                and how far one namespace was ahead of the other, as a share of its jobs; once with an operator
                that was told the quota and once with one that believes in four times as much
  idle          calls a minute for all jobs, polled once a minute
  outage        DTS fails every call for 30 s: calls during it, seconds from its end to the first answered
                call, and until jobs that were created meanwhile have been started
"""
import argparse
import collections
import json
import tempfile
import time
from pathlib import Path

from bench import Api, JOBS, Stack, manifest, use_kubectl, wait_for

QUOTA = 50
READS = {"DescribeDtsJobDetail": {"perSecond": 40, "burst": 40}, "DescribeDtsJobs": {"perSecond": 20, "burst": 20}}


def create(api, numbers):
    for n in numbers:
        path = JOBS if n % 2 else JOBS.replace("/default/", "/other/")
        api.call("POST", path, manifest(n, poll="60s"))


def measure_starts(stack, jobs, told):
    stack.start_operator(("--dts-start-qps", str(told)))
    accepted = {}
    calls = []

    def all_started():
        for call in stack.calls(calls[-1]["seq"] if calls else 0):
            calls.append(call)
            if call["action"] == "StartDtsJob" and call["verdict"] == "accepted":
                accepted.setdefault(call["jobId"], call["at"])
        time.sleep(0.5)
        return len(accepted) >= jobs

    wait_for("all jobs are started", all_started)
    starts = [call for call in calls if call["action"] == "StartDtsJob"]
    order = sorted(accepted, key=accepted.get)
    ahead, most = 0, 0
    for job in order:
        ahead += 1 if int(job.removeprefix("bench")) % 2 else -1
        most = max(most, abs(ahead))
    seconds = max(accepted.values()) - min(accepted.values())
    return {"told_per_second": told, "seconds": round(seconds, 1),
            # What the quota allows in this time: a full bucket and its refill.
            "quota_used": round(jobs / (QUOTA + QUOTA * seconds), 3),
            "refused": round(1 - jobs / len(starts), 4), "unfairness": round(most / (jobs / 2), 4)}


def measure_idle(stack):
    time.sleep(65)  # every job has been polled once
    since = stack.calls()[-1]["seq"]
    time.sleep(60)
    return dict(collections.Counter(call["action"] for call in stack.calls(since)))


def measure_outage(stack, jobs):
    api = Api(stack.kubeconfig)  # the API server closes a connection that was idle for long
    since = stack.calls()[-1]["seq"]
    stack.ask("POST", "/faults", {"count": 0, "effect": "error", "error": {"code": "ServiceUnavailable"}})
    time.sleep(5)
    new = [f"bench{n}" for n in range(jobs + 1, jobs + 11)]
    create(api, range(jobs + 1, jobs + 11))
    time.sleep(25)
    during = len(stack.calls(since))
    since = stack.calls()[-1]["seq"]
    restored = time.time()
    stack.ask("DELETE", "/faults")
    wait_for("new jobs are started", lambda: set(new) <= set(stack.starts()))
    after = [call for call in stack.calls(since) if call["verdict"] == "accepted"]
    return {"calls_in_30_s": during, "first_answer_s": round(after[0]["at"] - restored, 2),
            "new_jobs_started_s": round(max(stack.starts()[job] for job in new) - restored, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    jobs = parser.parse_args().jobs
    use_kubectl()
    result = {"starts": []}
    for told in (4 * QUOTA, QUOTA):
        with tempfile.TemporaryDirectory() as folder:
            stack = Stack(Path(folder), jobs + 10, {"perSecond": QUOTA, "burst": QUOTA}, READS)
            try:
                stack.kubectl("create", "namespace", "other")
                api = Api(stack.kubeconfig)
                create(api, range(1, jobs + 1))
                result["starts"].append(measure_starts(stack, jobs, told))
                if told == QUOTA:
                    result["idle"] = measure_idle(stack)
                    result["outage"] = measure_outage(stack, jobs)
            finally:
                stack.stop()
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
