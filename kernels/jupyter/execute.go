package jupyter

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/v1labhome"
)

//go:embed execute.py
var script string

// ExecuteOptions says which notebook to run and where its result goes.
type ExecuteOptions struct {
	Notebook string                // path of the .ipynb; its folder is the cells' working folder
	Out      string                // path of the executed notebook; it may be the same
	Params   map[string]string     // cells read them as [v1labhome.ParamVariable] says; [CheckParams] finds names that no cell reads
	Timeout  time.Duration         // limit for one cell; 0: no limit
	HTML     bool                  // also write Out with .html: one file that needs no network
	Progress io.Writer             // one line per cell and per setup step; nil: not reported
	Ran      func(seconds float64) // called after each completed code cell; may be nil
	Binary   string                // the v1lab binary that the kernel calls; default: the running program
}

// CellError is the failure of one code cell.
type CellError struct {
	Notebook string
	Cell, Of int    // counted over non-empty code cells, from 1; 0 if no cell had started
	Source   string // of the cell
	Sentence string // what is wrong, in one line, with the line of the cell if the compiler names one
	Output   string // what the compiler or program wrote to standard error; of long output head and tail
}

func (e *CellError) Error() string {
	if e.Cell == 0 {
		return fmt.Sprintf("%s: %s", e.Notebook, e.Output)
	}
	return fmt.Sprintf("%s: cell %d of %d failed: %s", e.Notebook, e.Cell, e.Of, e.Sentence)
}

// Details returns the cell's source with line numbers, and everything that the compiler or program wrote.
func (e *CellError) Details() string {
	var b strings.Builder
	for i, line := range strings.Split(e.Source, "\n") {
		if e.Source != "" {
			fmt.Fprintf(&b, "%4d  %s\n", i+1, line)
		}
	}
	b.WriteString(e.Output)
	return b.String()
}

// event is one line of the script's output.
type event struct {
	Cell    int     `json:"cell"`
	Of      int     `json:"of"`
	Seconds float64 `json:"seconds"`
	Error   *string `json:"error"`
	Source  string  `json:"source"`
	Summary string  `json:"sentence"`
	Done    bool    `json:"done"`
}

// Execute runs all cells of a notebook in a fresh kernel and prepares what is missing before. Out is written
// atomically, even if a cell fails; the error is then a [*CellError] with the compiler's or
// program's whole message. Failing shell lines and unknown magics count as failures.
func Execute(ctx context.Context, o ExecuteOptions) error {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	notebook, err := filepath.Abs(o.Notebook)
	if err != nil {
		return fmt.Errorf("notebook %s: %w", o.Notebook, err)
	}
	if _, err := os.Stat(notebook); err != nil {
		return fmt.Errorf("notebook %s does not exist", o.Notebook)
	}
	if err := CheckLanguage(o.Notebook); err != nil {
		return err
	}
	out, err := filepath.Abs(o.Out)
	if err != nil || o.Out == "" {
		return fmt.Errorf("output %q of notebook %s: give the path of the executed notebook", o.Out, o.Notebook)
	}
	params := map[string]string{kernels.HeadlessEnv: "1"}
	for _, name := range slices.Sorted(maps.Keys(o.Params)) {
		if err := checkName(name); err != nil {
			return fmt.Errorf("notebook %s: %w", o.Notebook, err)
		}
		params[v1labhome.ParamVariable(name)] = o.Params[name]
	}
	s, err := open(ctx, o.Binary, o.Progress)
	if err != nil {
		return err
	}
	defer s.close()
	html := ""
	if o.HTML {
		html = strings.TrimSuffix(out, filepath.Ext(out)) + ".html"
	}
	log, err := kernels.LogFile()
	if err != nil {
		return err
	}
	job, err := json.Marshal(map[string]any{"log": log, "notebook": notebook, "out": out, "html": html, "timeout": int(o.Timeout.Seconds()),
		"kernel": kernels.Name, "display_name": kernels.DisplayName})
	if err != nil {
		return fmt.Errorf("notebook %s: %w", o.Notebook, err)
	}
	cmd := exec.CommandContext(ctx, s.python, "-I", "-c", script)
	// The script stops its kernel, saves and ends when its standard input closes: when the context is cancelled,
	// and also if this process is killed.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("notebook %s: %w", o.Notebook, err)
	}
	defer stdin.Close() //nolint:errcheck // a pipe
	cmd.Cancel = stdin.Close
	cmd.WaitDelay = 20 * time.Second
	cmd.Env = v1labhome.Environ(s.env, params)
	cmd.Dir = filepath.Dir(notebook)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C reaches it only through this process
	var messages bytes.Buffer
	cmd.Stderr = &messages
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("notebook %s: %w", o.Notebook, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("notebook %s: %w", o.Notebook, err)
	}
	if _, err := stdin.Write(append(job, '\n')); err != nil {
		return fmt.Errorf("notebook %s: Jupyter does not start: %w", o.Notebook, errors.Join(err, cmd.Wait()))
	}
	last := o.follow(pipe)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("notebook %s, cell %d of %d: %w", o.Notebook, last.Cell, last.Of, ctx.Err())
	case last.Error != nil:
		return &CellError{Notebook: o.Notebook, Cell: last.Cell, Of: last.Of, Source: last.Source, Sentence: last.Summary, Output: *last.Error}
	case err != nil || !last.Done:
		return fmt.Errorf("notebook %s: Jupyter failed (%v): %s", o.Notebook, err, lastLine(messages.String()))
	}
	return nil
}

// follow prints the script's events as progress and returns the last one.
func (o ExecuteOptions) follow(pipe io.Reader) event {
	var last event
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		last = e
		switch {
		case e.Error != nil || e.Done:
		case e.Seconds > 0:
			if o.Ran != nil {
				o.Ran(e.Seconds)
			}
			fmt.Fprintf(o.Progress, "%s: cell %d/%d, %.1f s\n", filepath.Base(o.Notebook), e.Cell, e.Of, e.Seconds) //nolint:errcheck // progress only
		}
	}
	return last
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}
