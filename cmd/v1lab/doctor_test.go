package main

import (
	"strings"
	"testing"
)

func TestDoctor(t *testing.T) {
	status, stdout, stderr := v1lab("doctor", "--json")
	report, names := keys(t, stdout)
	equal(t, "doctor --json", names, "ok", "checks")
	if ok := report["ok"].(bool); ok != (status == done) || ok != (stderr == "") {
		t.Errorf("ok is %v, status %d, %q", ok, status, stderr)
	}
	for _, c := range report["checks"].([]any) {
		check := c.(map[string]any)
		if check["name"] == "" || check["detail"] == "" || check["ok"] == false && check["mend"] == "" {
			t.Errorf("%v", check)
		}
	}
	if _, stdout, _ := v1lab("kernel", "doctor"); !strings.Contains(stdout, "XLA plugin: ") || !strings.Contains(stdout, "leftovers: ") {
		t.Errorf("%s", stdout)
	}
}

// Without a checkout around there is one line, and the mend is in it.
func TestOutsideACheckout(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("V1LAB_HOME", t.TempDir())
	t.Setenv("V1LAB_ROOT", "")
	for _, verb := range []string{"demo", "lab"} {
		fails(t, failed, []string{verb}, "checkout", "V1LAB_ROOT")
	}
}

func TestDoctorOfARun(t *testing.T) {
	run := importedRun(t)
	report, names := keys(t, works(t, "doctor", "--run", run, "--json"))
	equal(t, "doctor --run --json", names, "run", "core", "rotations", "equivariance")
	e := report["equivariance"].(map[string]any)
	if report["core"] != "hermite" || report["rotations"] != 8.0 || len(e["turns"].([]any)) != 7 || !(e["quarter"].(float64) > 0) || !(e["eighth"].(float64) > 0) {
		t.Errorf("%v", report)
	}
	table := works(t, "doctor", "--run", run)
	for _, want := range []string{"turns by 90 degrees", "turns by 45 degrees", "hermite", "315 degrees"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	fails(t, failed, []string{"doctor", "--run", scratch}, scratch, "config.yaml")
	fails(t, wrongUse, []string{"doctor", "--run", run, "--clean"}, "--clean", "--run")
}
