package gitops

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// kubectl runs in the world of `scripts/demo run`: the examples are applied and settled.
func kubectl(t *testing.T, arguments ...string) string {
	t.Helper()
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: run by scripts/demo run")
	}
	command := exec.Command("kubectl", arguments...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("kubectl %v: %v: %s%s", arguments, err, out, stderr.String())
	}
	return string(out)
}

// compute reads one object as kstatus does, and as Argo CD does.
func compute(t *testing.T, text string) (status.Status, string) {
	t.Helper()
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON([]byte(text)); err != nil {
		t.Fatal(err)
	}
	result, err := status.Compute(&object)
	if err != nil {
		t.Fatal(err)
	}
	argo, _ := health(t, object.Object)
	return result.Status, argo
}

func TestExamplesReadAsDesigned(t *testing.T) {
	for name, want := range map[string]struct {
		kstatus status.Status
		argo    string
	}{
		"orders-sync":    {status.CurrentStatus, "Healthy"},
		"stock-sync":     {status.CurrentStatus, "Healthy"},
		"audit-archive":  {status.FailedStatus, "Degraded"},
		"customers-sync": {status.FailedStatus, "Degraded"},
	} {
		kstatus, argo := compute(t, kubectl(t, "get", "dtsjob", "-n", "shop", name, "-o", "json"))
		if kstatus != want.kstatus || argo != want.argo {
			t.Errorf("%s: %s and %s, want %s and %s", name, kstatus, argo, want.kstatus, want.argo)
		}
	}
}

func TestANewDtsJobIsInProgress(t *testing.T) {
	// As the API server answers, before anybody has seen it.
	created := kubectl(t, "create", "-n", "shop", "-f", "testdata/new-job.yaml", "-o", "json")
	if kstatus, argo := compute(t, created); kstatus != status.InProgressStatus || argo != "Progressing" {
		t.Errorf("%s and %s", kstatus, argo)
	}
	kubectl(t, "delete", "-n", "shop", "-f", "testdata/new-job.yaml")
}

func TestADeletedDtsJobIsTerminating(t *testing.T) {
	kubectl(t, "create", "-n", "shop", "-f", "testdata/new-job.yaml")
	kubectl(t, "patch", "-n", "shop", "dtsjob/new-job", "--type=merge", "-p", `{"metadata": {"finalizers": ["example.com/hold"]}}`)
	kubectl(t, "delete", "-n", "shop", "dtsjob/new-job", "--wait=false")
	if kstatus, _ := compute(t, kubectl(t, "get", "dtsjob", "-n", "shop", "new-job", "-o", "json")); kstatus != status.TerminatingStatus {
		t.Errorf("%s", kstatus)
	}
	kubectl(t, "patch", "-n", "shop", "dtsjob/new-job", "--type=merge", "-p", `{"metadata": {"finalizers": null}}`)
}

func TestApplyingTheSameManifestsAgainChangesNothing(t *testing.T) {
	const versions = "jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion} {.metadata.generation}\n{end}"
	apply := func(times int) {
		// Without --force-conflicts: a field that the operator owned too would be a conflict.
		arguments := []string{"apply", "--server-side", "--field-manager=gitops", "-n", "shop"}
		for range times {
			for _, name := range []string{"orders-sync", "stock-sync", "audit-archive", "customers-sync"} {
				arguments = append(arguments, "-f", "../../examples/"+name+".yaml")
			}
		}
		kubectl(t, arguments...)
	}
	apply(1)
	before := kubectl(t, "get", "dtsjobs", "-n", "shop", "-o", versions)
	apply(50)
	kubectl(t, "diff", "--server-side", "--field-manager=gitops", "-n", "shop", "-f", "../../examples/orders-sync.yaml")
	if after := kubectl(t, "get", "dtsjobs", "-n", "shop", "-o", versions); after != before {
		t.Errorf("something was written:\n%s\nthen\n%s", before, after)
	}
}
