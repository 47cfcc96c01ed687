package displaytest_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui"

	"v1lab/notebooks/display/displaytest"
)

// asCell makes the test program a cell.
const asCell = "DISPLAYTEST_CELL"

func TestMain(m *testing.M) {
	if os.Getenv(asCell) != "" {
		gonbui.UpdateHTML("a", "begun")
		gonbui.DisplayHTML("between")
		gonbui.UpdateHTML("a", "done")
		gonbui.Sync()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asCell+"=1")
	shown, err := displaytest.Run(cmd)
	if err != nil || len(shown.Messages) != 2 || shown.Messages[0].Data["text/html"] != "done" || shown.Messages[1].Data["text/html"] != "between" {
		t.Errorf("%v, %+v; want what was updated as it was in the end, in its place", err, shown)
	}
	// A program that fails before it opens a pipe is not waited for.
	if _, err := displaytest.Run(exec.Command("sh", "-c", "echo broken >&2; exit 3")); err == nil || !strings.Contains(err.Error(), "exit status 3: broken") {
		t.Errorf("error %v", err)
	}
}

func Example() {
	shown, err := displaytest.Run(exec.Command("echo", "a cell that only prints"))
	fmt.Print(shown.Stdout)
	fmt.Println(len(shown.Messages), "figures,", err)
	// Output:
	// a cell that only prints
	// 0 figures, <nil>
}
