package ops_test

import (
	"flag"
	"os"
	"testing"

	"v1lab/kernels/pjrt/execache"
)

// Products are of drawn sizes, so each check compiles a program, which no later run asks for again: none is kept and there are few; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	checks := "40"
	if testing.Short() {
		checks = "10"
	}
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(checks); err != nil {
			panic(err)
		}
	}
	if err := os.Setenv(execache.Env, "1"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
