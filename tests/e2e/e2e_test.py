#!/usr/bin/env python3
"""dts-operator in a real cluster, as docs/install.md says: one story, in the order of the names.

Runs in the network of the node: tests/e2e/run starts it.
"""
import json
import signal
import statistics
import sys
import time
import unittest

import yaml

from world import JOBS, ROOT, Api, Shell, Simulator, documented_commands, eventually, rss_mib, signal_container

UPGRADE = "helm upgrade dts-operator charts/dts-operator -n dts-system --reset-then-reuse-values"
ROLLOUT = "kubectl rollout status -n dts-system deployment/dts-operator --timeout=60s"
MANY = 1000


class EndToEnd(unittest.TestCase):
    figures = {}
    simulator = None

    @classmethod
    def setUpClass(cls):
        cls.sh, cls.api = Shell(), Api()

    def setUp(self):
        self.began = time.monotonic()

    def tearDown(self):
        print(f"{time.monotonic() - self.began:.0f} s ", end="", file=sys.stderr)

    @classmethod
    def tearDownClass(cls):
        print(json.dumps(cls.figures, indent=2))

    def new_job_is_started_once(self, number):
        """A DtsJob of its own is Ready, and DTS has had one StartDtsJob for it."""
        self.api.create_job(f"e2e-{number}", f"e2e{number}")
        self.api.await_ready(f"e2e-{number}")
        self.assertEqual(self.simulator.job(f"e2e{number}")["startsAccepted"], 1)

    def leader_pod(self):
        name = eventually("somebody leads", lambda: self.api.leader())
        return next(pod for pod in self.api.pods() if pod["metadata"]["name"] == name)

    def test_01_helm_installs_it(self):
        began = time.monotonic()
        self.sh("helm install dts-operator charts/dts-operator -n dts-system --create-namespace --wait")
        self.figures["helm_install_wait_s"] = round(time.monotonic() - began, 1)
        self.sh("helm test dts-operator -n dts-system")
        self.sh("kubectl label namespace dts-system pod-security.kubernetes.io/enforce=restricted")
        self.figures["rss_mib_idle"] = rss_mib(self.leader_pod())

    def test_02_the_simulator_runs_as_a_pod(self):
        config = yaml.safe_load((ROOT / "examples/simulator.yaml").read_text())
        config["jobs"] += [{"jobId": "e2e{n}", "count": 60, "precheckDuration": "0s", "initializeDuration": "0s"},
                           {"jobId": "many{n}", "count": MANY, "status": "Synchronizing"}]
        config["quotas"] = {"DescribeDtsJobDetail": {"perSecond": 1000, "burst": 1000}}
        type(self).sh.env["SIMULATOR"] = yaml.safe_dump(config)
        self.sh("kubectl create namespace dts-simulator")
        self.sh('kubectl create configmap dts-simulator -n dts-simulator --from-literal=simulator.yaml="$SIMULATOR"')
        self.sh("kubectl apply -k deploy/simulator")
        self.sh("kubectl rollout status -n dts-simulator deployment/dts-simulator --timeout=60s")
        address = self.sh("kubectl get service -n dts-simulator dts-simulator -o jsonpath={.spec.clusterIP}")
        type(self).simulator = Simulator(f"{address}:18081")
        type(self).endpoint = f"http://{address}:18080"
        self.sh(f"{UPGRADE} --set region=cn-hangzhou,replicas=2,podDisruptionBudget.enabled=true --wait")
        self.sh(f"{UPGRADE} --set endpoint={self.endpoint},extraArgs={{--dts-describe-qps=1000}} --wait")
        self.assertEqual(len(self.api.pods()), 2)

    def test_03_jobs_reach_their_states(self):
        self.sh("kubectl create namespace shop")
        self.sh("kubectl create secret generic dts-credentials -n shop --from-literal=accessKeyId=$ACCESS_KEY_ID "
                "--from-literal=accessKeySecret=$ACCESS_KEY_SECRET")
        self.sh("kubectl apply -n shop -f deploy/tenant/secret-access.yaml")
        self.sh("kubectl apply -n shop -f examples/orders-sync.yaml")
        self.sh("kubectl wait -n shop --for=condition=Ready dtsjob/orders-sync --timeout=60s")
        self.sh("kubectl apply -k examples")
        self.api.await_ready("stock-sync")
        self.assertIn("OperationDenied.NotPurchased", self.api.await_reason("audit-archive", "OperationDeniedNotPurchased"))
        self.assertIn("Parameter DtsInstanceId is not valid", self.api.await_reason("customers-sync", "InvalidParameter"))
        self.assertIn("DtsInstanceId", self.sh("kubectl describe dtsjob -n shop customers-sync"))
        self.assertEqual(self.api.condition("customers-sync", "Stalled")["status"], "True")

    def test_04_a_start_follows_the_manifest_at_once(self):
        delays = []
        for n in range(1, 11):
            self.api.create_job(f"e2e-{n}", f"e2e{n}")
            applied = time.time()
            delays.append(1e3 * (eventually("a start", lambda n=n: self.simulator.first_start(f"e2e{n}"), pause=0.3) - applied))
        self.figures["apply_to_start_ms"] = {"p50": round(statistics.median(delays), 1), "max": round(max(delays), 1)}

    def test_05_a_killed_container_comes_back(self):
        pod = self.leader_pod()
        signal_container(pod, signal.SIGKILL)
        began = time.monotonic()
        self.new_job_is_started_once(11)
        self.figures["container_killed_to_next_job_ready_s"] = round(time.monotonic() - began, 1)
        eventually("the container was restarted", lambda: [
            p for p in self.api.pods() if p["status"]["containerStatuses"][0]["restartCount"] == 1])

    def takeover(self, figure, *how):
        """Deletes the leader's pod, and says how long nobody else led."""
        old = self.leader_pod()["metadata"]["name"]
        began = time.monotonic()
        self.sh(" ".join(("kubectl delete pod -n dts-system --wait=false", old, *how)))
        eventually("another leads", lambda: self.api.leader() not in ("", old), pause=0.02)
        self.figures[figure] = round(time.monotonic() - began, 1)
        self.sh(ROLLOUT)

    def test_06_a_deleted_leader_hands_over(self):
        self.takeover("failover_clean_stop_s")
        self.new_job_is_started_once(12)

    def test_07_a_killed_leader_is_succeeded(self):
        # A stopped process can't release the Lease before it is killed, nor can that of a dead node.
        signal_container(self.leader_pod(), signal.SIGSTOP)
        self.takeover("failover_killed_s", "--force", "--grace-period=0")
        self.new_job_is_started_once(13)

    def test_08_a_rollout_goes_unnoticed(self):
        self.sh("kubectl rollout restart -n dts-system deployment/dts-operator")
        self.new_job_is_started_once(14)
        self.sh(ROLLOUT)
        self.new_job_is_started_once(15)

    def test_09_an_upgrade_goes_unnoticed(self):
        self.sh(f"{UPGRADE} --set logLevel=debug --wait")
        self.sh(f"{UPGRADE} --wait")
        self.sh(ROLLOUT)
        self.new_job_is_started_once(16)
        self.assertRegex(self.sh("kubectl get leases -A --field-selector metadata.name=dtsjobs.dts.aliyun.com"),
                         r"shop +dtsjobs.dts.aliyun.com +dts-system/dts-operator")

    def test_10_a_thousand_jobs_fit(self):
        for n in range(1, MANY + 1):
            self.api.create_job(f"many-{n}", f"many{n}", labels={"many": "yes"})

        def settled():
            return self.sh("kubectl get --raw /apis/dts.aliyun.com/v1alpha1/namespaces/shop/dtsjobs").count(
                '"outcome":"Adopted"') >= MANY

        eventually(f"{MANY} jobs are seen to run", settled, pause=1)
        self.figures["rss_mib_1000_jobs"] = rss_mib(self.leader_pod())
        self.api.call("DELETE", JOBS + "?labelSelector=many")

    def test_11_the_operator_has_credentials_of_its_own(self):
        self.sh("kubectl create secret generic dts-operator-credentials -n dts-system "
                "--from-literal=accessKeyId=$ACCESS_KEY_ID --from-literal=accessKeySecret=$ACCESS_KEY_SECRET")
        self.api.create_job("e2e-17", "e2e17", credentialsSecretRef=None)
        self.assertIn("credentials.namespaces", self.api.await_reason("e2e-17", "CredentialsNotAllowed"))
        self.assertEqual(self.sh("kubectl get dtsjobs -A -o json | jq -r '.items[] | select(.spec.credentialsSecretRef == "
                                 "null) | .metadata.namespace' | sort -u").split(), ["shop"])
        self.sh(f"{UPGRADE} --set credentials.existingSecret=dts-operator-credentials,credentials.namespaces={{shop}} --wait")
        self.api.await_ready("e2e-17")
        self.sh(f"{UPGRADE} --set credentials.existingSecret=,credentials.oidc.roleName=dts-operator --wait")
        self.sh(f"{UPGRADE} --set credentials.oidc.roleName= --wait")

    def waiting_reason(self, reason):
        """The message of the pod that waits for the reason."""
        def messages():
            for pod in self.api.pods():
                for status in pod["status"].get("containerStatuses", []):
                    if status["state"].get("waiting", {}).get("reason") in reason:
                        return status["state"]["waiting"]["message"]
            return None
        return eventually(f"a pod waits with {reason}", messages)

    def test_12_a_missing_secret_and_a_missing_image_are_named(self):
        self.sh(f"{UPGRADE} --set credentials.existingSecret=missing")
        self.assertIn('secret "missing" not found', self.waiting_reason(["CreateContainerConfigError"]))
        self.sh(f"{UPGRADE} --set credentials.existingSecret=,image.tag=missing,image.pullPolicy=Never")
        self.assertIn("dts-operator:missing", self.waiting_reason(["ErrImageNeverPull"]))
        # The pods of before go on all the while.
        self.new_job_is_started_once(18)
        self.sh(f"{UPGRADE} --set image.tag=,image.pullPolicy=IfNotPresent --wait")

    def test_13_what_a_user_can_mend_is_a_condition_and_no_crash(self):
        self.api.create_job("e2e-19", "e2e19", credentialsSecretRef={"name": "nowhere"})
        message = self.api.await_reason("e2e-19", "CredentialsNotFound")
        self.assertIn("nowhere", message)
        self.sh(f"{UPGRADE} --set endpoint=http://10.99.0.2:9 --wait")
        self.api.create_job("e2e-20", "e2e20")
        self.assertIn("10.99.0.2:9", self.api.await_reason("e2e-20", "ClientEndpointUnreachable"))
        self.sh(f"{UPGRADE} --set endpoint={self.endpoint} --wait")
        self.api.await_ready("e2e-20")
        restarts = [p["status"]["containerStatuses"][0]["restartCount"] for p in self.api.pods()]
        self.assertEqual(restarts, [0, 0])

    def test_14_uninstalling_leaves_the_jobs(self):
        before = self.sh("kubectl get dtsjobs -A -o name")
        self.sh("helm uninstall dts-operator -n dts-system --wait")
        self.assertEqual(self.sh("kubectl get dtsjobs -A -o name"), before)
        self.assertIn("orders-sync", self.sh("kubectl get dtsjobs -A"))

    def test_15_one_namespace_is_enough(self):
        self.sh("kubectl create namespace bank")
        self.sh("helm install bank-dts charts/dts-operator -n bank-tools --create-namespace --set crds.enabled=false "
                "--set watchNamespaces={bank} --wait")
        self.sh("helm upgrade bank-dts charts/dts-operator -n bank-tools --reset-then-reuse-values "
                f"--set endpoint={self.endpoint} "
                "--set secretAccess[0].namespace=bank,secretAccess[0].names={dts-credentials} --wait")
        self.sh("kubectl create secret generic dts-credentials -n bank --from-literal=accessKeyId=$ACCESS_KEY_ID "
                "--from-literal=accessKeySecret=$ACCESS_KEY_SECRET")
        self.api.create_job("e2e-21", "e2e21", namespace="bank")
        self.api.await_ready("e2e-21", namespace="bank")
        self.sh("helm uninstall bank-dts -n bank-tools --wait")

    def test_16_without_rights_the_log_says_what_is_missing(self):
        self.sh("helm install no-rights charts/dts-operator -n no-rights --create-namespace "
                "--set crds.enabled=false,rbac.create=false")
        eventually("the log says so", lambda: "forbidden" in self.sh(
            "kubectl logs -n no-rights deployment/no-rights-dts-operator", check=False))
        status = self.api.pods(namespace="no-rights")[0]["status"]["containerStatuses"][0]
        self.assertEqual((status["ready"], status["restartCount"]), (False, 0))
        self.sh("helm uninstall no-rights -n no-rights --wait")

    def test_17_kustomize_installs_the_same(self):
        self.sh("kubectl apply -k deploy")
        self.sh(ROLLOUT)
        self.sh("kubectl apply -f deploy/install.yaml")
        self.sh("kubectl patch deployment -n dts-system dts-operator --type=json -p '[{\"op\": \"add\", \"path\": "
                f"\"/spec/template/spec/containers/0/args/-\", \"value\": \"--dts-endpoint={self.endpoint}\"}}]'")
        self.sh(ROLLOUT)
        self.new_job_is_started_once(22)
        self.sh("kubectl delete clusterrole,clusterrolebinding -l app.kubernetes.io/instance=dts-operator")
        self.sh("kubectl apply -k deploy/overlays/namespaced")
        self.sh(ROLLOUT)
        before = self.sh("kubectl get dtsjobs -A -o name")
        self.sh("kubectl delete -f deploy/operator.yaml --ignore-not-found")
        self.sh("kubectl delete -f deploy/overlays/namespaced/roles.yaml --ignore-not-found")
        self.assertEqual(self.sh("kubectl get dtsjobs -A -o name"), before)
        self.assertNotIn("/dts-operator", self.sh("kubectl get deployment,service,role -n dts-system -o name"))

    def test_18_argo_cd_takes_the_health_of_dtsjobs(self):
        self.sh("kubectl create namespace argocd && kubectl create configmap argocd-cm -n argocd")
        self.sh("""kubectl patch configmap argocd-cm -n argocd --type=merge -p "$(jq -n --rawfile lua """
                """deploy/argocd/health.lua '{data: {"resource.customizations.health.dts.aliyun.com_DtsJob": $lua}}')\"""")
        self.assertIn("Progressing", self.sh("kubectl get configmap argocd-cm -n argocd -o yaml"))

    def test_19_every_job_was_started_exactly_once(self):
        for job in self.simulator.jobs():
            starts, name = job["startsAccepted"], job["jobId"]
            self.assertLessEqual(starts, 1, name)
            self.assertEqual(job["startsEffective"], starts, name)
        for name in ("l3m1213ye7l1234", "t5k9027xw2n5678"):
            self.assertEqual(self.simulator.job(name)["startsAccepted"], 1, name)

    def test_20_the_last_step_forgets_the_jobs(self):
        self.sh("kubectl delete crd dtsjobs.dts.aliyun.com")
        self.assertEqual(self.simulator.job("l3m1213ye7l1234")["status"], "Synchronizing")

    def test_21_every_documented_command_was_run(self):
        self.assertEqual([c for c in documented_commands() if c not in self.sh.typed], [])


if __name__ == "__main__":
    unittest.main(failfast=True, verbosity=2, argv=sys.argv)
