package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"v1lab/kernels/v1labhome"
)

var (
	reBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	reOurs  = regexp.MustCompile(`^(?:go run \./cmd/v1lab|v1lab) `)
)

// TestREADME reads every command of the README as the program reads it: verbs, flags and their values. Files of the checkout that it names exist.
func TestREADME(t *testing.T) {
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var commands, inServices []string
	for _, block := range reBlock.FindAllStringSubmatch(string(text), -1) {
		switch block[1] {
		case "sh":
			commands = append(commands, strings.Split(block[2], "\n")...)
		case "yaml":
			inServices = append(inServices, services(t, block[2])...)
		}
	}
	if len(inServices) != 2 || inServices[0] != inServices[1] {
		t.Errorf("the examples for GitHub and GitLab do not run the same: %q", inServices)
	}
	commands = append(commands, inServices...)
	read := 0
	for _, line := range commands {
		if !reOurs.MatchString(line) {
			continue
		}
		read++
		// The shell splits the line into words, one a line.
		words, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' `+reOurs.ReplaceAllString(line, "")).Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		args := strings.Split(strings.TrimSpace(string(words)), "\n")
		var flags cli
		parser, err := kong.New(&flags, kong.Name("v1lab"), kong.Writers(io.Discard, io.Discard), kong.BindTo(context.Background(), (*context.Context)(nil)), kong.Bind(&app{}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil {
			t.Errorf("%s: %v", line, err)
		}
		for _, word := range args {
			if top, _, deeper := strings.Cut(word, "/"); deeper && (top == "notebooks" || top == "v1model") {
				if found, err := filepath.Glob(word + "*"); err != nil || len(found) == 0 { // a checkpoint's name is a prefix
					t.Errorf("%s: %s does not exist", line, word)
				}
			}
		}
	}
	if read < 30 {
		t.Errorf("only %d commands found", read)
	}
}

// services returns the commands of a GitHub or GitLab example; other examples have none.
func services(t *testing.T, text string) (commands []string) {
	t.Helper()
	var doc struct {
		Jobs map[string]struct {
			Steps []struct{ Uses, Run string }
		}
		Notebooks struct{ Script []string }
	}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	for _, job := range doc.Jobs {
		for _, step := range job.Steps {
			if step.Run != "" {
				commands = append(commands, step.Run)
			}
		}
	}
	return append(commands, doc.Notebooks.Script...)
}
