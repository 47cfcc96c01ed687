package main

import (
	"context"
	"strings"
	"testing"

	"v1lab/kernels/doctor"
)

// What the doctor finds is printed, with the mend of what is wrong, which fails the verb. Package doctor tests the examination.
func TestDoctor(t *testing.T) {
	found := []doctor.Check{{Name: "XLA plugin", OK: true, Detail: "PJRT 0.112"}, {Name: "leftovers", Detail: "left: /tmp/v1lab-run-1", Mend: "v1lab doctor --clean"}}
	t.Cleanup(func() { examine = doctor.Run })
	examine = func(context.Context, doctor.Options) []doctor.Check { return found }
	for wrong, complaint := range []string{"", "1 of 2 parts need mending"} {
		found[1].OK = wrong == 0
		status, stdout, stderr := v1lab("doctor", "--json")
		report, names := keys(t, stdout)
		equal(t, "doctor --json", names, "ok", "checks")
		if ok := report["ok"].(bool); ok != (wrong == 0) || ok != (status == done) || ok != (stderr == "") || !strings.Contains(stderr, complaint) {
			t.Errorf("ok is %v, status %d, %q", ok, status, stderr)
		}
		checks := report["checks"].([]any)
		if check := checks[1].(map[string]any); len(checks) != 2 || check["name"] != "leftovers" || check["ok"] != (wrong == 0) || check["mend"] != "v1lab doctor --clean" {
			t.Errorf("%v", checks)
		}
	}
	status, stdout, _ := v1lab("kernel", "doctor")
	if want := "ok  XLA plugin: PJRT 0.112\n!!  leftovers: left: /tmp/v1lab-run-1\n      mend: v1lab doctor --clean\n"; status != failed || stdout != want {
		t.Errorf("status %d, %s; want %s", status, stdout, want)
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
	if testing.Short() {
		t.Skip("turns images of a run")
	}
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
