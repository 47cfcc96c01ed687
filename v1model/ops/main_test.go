package ops_test

import (
	"flag"
	"os"
	"testing"

	"v1lab/kernels/pjrt/execache"
)

// Products are of drawn sizes, so each check compiles a program, which no later run asks for again: none is kept. Short tests make few.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("rapid.checks"); testing.Short() && f.Value.String() == f.DefValue {
		if err := f.Value.Set("10"); err != nil {
			panic(err)
		}
	}
	if err := os.Setenv(execache.Env, "1"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
