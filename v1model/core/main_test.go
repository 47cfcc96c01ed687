package core_test

import (
	"flag"
	"os"
	"testing"
)

// Every check of a property compiles a program, so there are few by default; -rapid.checks asks for more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "8"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
