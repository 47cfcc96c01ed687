package core_test

import (
	"flag"
	"os"
	"testing"
)

// Every check of a property compiles a program, so there are few by default; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	flag.Parse()
	checks := "8"
	if testing.Short() {
		checks = "1"
	}
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		if err := f.Value.Set(checks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
