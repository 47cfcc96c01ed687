// Summary reads what go test -json wrote, on standard input, and prints results of packages, what failed tests said, the slowest tests, and how
// many there were:
//
//	go test -json ./... | go run .ci/summary.go
//
// Its last line is "N passed, N failed, N skipped"; subtests count too.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

const (
	slowest   = 20  // tests to list; a test's time includes its subtests
	lastLines = 100 // of what a failed test, or a package that ended without a result, said
)

// event is a line of go test -json (go doc cmd/test2json).
type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64 // seconds
}

func main() {
	said := map[string][]string{} // by package and test
	counts, failed := map[string]int{}, map[string]bool{}
	var tests []event
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Println(lines.Text()) // of the go command itself
			continue
		}
		where := e.Package + " " + e.Test
		switch {
		case e.Action == "build-output":
			fmt.Print(e.Output)
		case e.Action == "output":
			said[where] = append(said[where], e.Output)
			if e.Test == "" && (strings.HasPrefix(e.Output, "ok ") || strings.HasPrefix(e.Output, "FAIL\t")) {
				fmt.Print(e.Output)
			}
		case e.Action == "fail" && !failed[where]: // a package that has a failed test says nothing new
			failed[e.Package+" "] = true
			text := said[where]
			fmt.Print("--- ", where, " failed:\n", strings.Join(text[max(0, len(text)-lastLines):], ""))
		}
		if e.Test != "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip") {
			counts[e.Action]++
			if !strings.Contains(e.Test, "/") {
				tests = append(tests, e)
			}
			delete(said, where)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "standard input:", err)
		os.Exit(1)
	}
	slices.SortFunc(tests, func(a, b event) int { return cmp.Compare(b.Elapsed, a.Elapsed) })
	fmt.Printf("slowest tests, seconds:\n")
	for _, e := range tests[:min(slowest, len(tests))] {
		fmt.Printf("%8.1f  %s  %s\n", e.Elapsed, e.Package, e.Test)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", counts["pass"], counts["fail"], counts["skip"])
}
