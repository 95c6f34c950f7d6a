package gitops

import (
	"os"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"sigs.k8s.io/yaml"
)

// luaValue turns what a YAML decoder makes into what Argo CD's Lua sees.
func luaValue(l *lua.LState, value any) lua.LValue {
	switch v := value.(type) {
	case map[string]any:
		table := l.NewTable()
		for key, item := range v {
			table.RawSetString(key, luaValue(l, item))
		}
		return table
	case []any:
		table := l.NewTable()
		for _, item := range v {
			table.Append(luaValue(l, item))
		}
		return table
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case int64:
		return lua.LNumber(v)
	case bool:
		return lua.LBool(v)
	}
	return lua.LNil
}

// health runs deploy/argocd/health.lua on an object: status and message.
func health(t *testing.T, object map[string]any) (string, string) {
	t.Helper()
	script, err := os.ReadFile("../../deploy/argocd/health.lua")
	if err != nil {
		t.Fatal(err)
	}
	l := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer l.Close()
	// Argo CD opens no more libraries than these either, unless an administrator asks for it.
	for _, open := range []lua.LGFunction{lua.OpenBase, lua.OpenTable} {
		l.Push(l.NewFunction(open))
		l.Call(0, 0)
	}
	l.SetGlobal("obj", luaValue(l, object))
	if err := l.DoString(string(script)); err != nil {
		t.Fatal(err)
	}
	result, ok := l.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returns %v, not a table", l.Get(-1))
	}
	return result.RawGetString("status").String(), result.RawGetString("message").String()
}

func TestHealthOfADtsJob(t *testing.T) {
	const ready = "{type: Ready, status: 'True', reason: Running, message: runs}"
	const notReady = "{type: Ready, status: 'False', reason: X, message: waits}"
	for name, test := range map[string]struct{ object, status, message string }{
		"never seen":            {"metadata: {generation: 1}\nstatus: {observedGeneration: -1}", "Progressing", "not seen"},
		"no status at all":      {"metadata: {generation: 1}", "Progressing", "not seen"},
		"an older version seen": {"metadata: {generation: 2}\nstatus: {observedGeneration: 1, conditions: [" + ready + "]}", "Progressing", "not seen"},
		"runs":                  {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" + ready + "]}", "Healthy", "runs"},
		"is on its way": {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" + notReady +
			", {type: Reconciling, status: 'True', message: starting}]}", "Progressing", "starting"},
		"is stalled": {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" + notReady +
			", {type: Stalled, status: 'True', message: not purchased}]}", "Degraded", "not purchased"},
		"is not ready":    {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" + notReady + "]}", "Progressing", "waits"},
		"is not heard of": {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [{type: Ready, status: Unknown, message: asks}]}", "Progressing", "asks"},
		"has no Ready":    {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: []}", "Progressing", "no condition Ready"},
		"is suspended": {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" +
			strings.Replace(ready, "Running", "Suspended", 1) + "]}", "Suspended", "runs"},
		"is finished": {"metadata: {generation: 1}\nstatus: {observedGeneration: 1, conditions: [" +
			strings.Replace(ready, "Running", "Finished", 1) + "]}", "Healthy", "runs"},
		"the operator is paused": {"metadata: {generation: 1, annotations: {dts.aliyun.com/paused: 'true'}}\nstatus: {observedGeneration: 1, conditions: [" +
			ready + "]}", "Suspended", "dts.aliyun.com/paused"},
	} {
		t.Run(name, func(t *testing.T) {
			var object map[string]any
			if err := yaml.Unmarshal([]byte(test.object), &object); err != nil {
				t.Fatal(err)
			}
			status, message := health(t, object)
			if status != test.status || !strings.Contains(message, test.message) {
				t.Errorf("%s: %q, want %s and %q", status, message, test.status, test.message)
			}
		})
	}
}
