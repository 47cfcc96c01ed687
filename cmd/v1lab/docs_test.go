package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"

	"v1lab/cmd/docgen"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model"
	"v1lab/v1model/schedule"
	"v1lab/v1model/twin"
)

// block is one block of code in README.md or below docs/. A comment <!-- not run: REASON --> above it keeps its commands from being run here.
type block struct {
	page, language, text string
	notRun               bool
}

var (
	reBlock = regexp.MustCompile("(?ms)^(<!-- not run: [^\n]+ -->\n+)?```(\\w+)\n(.*?)^```$")
	reOurs  = regexp.MustCompile(`^(?:go run \./cmd/v1lab|v1lab) `)
)

// checkout is the root of this checkout.
func checkout(t *testing.T) string {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// documents reads the blocks of code in a language, of all pages in their order.
func documents(t *testing.T, language string) (blocks []block) {
	t.Helper()
	root := checkout(t)
	pages, err := docgen.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(pages, func(a, b string) int { return cmp.Compare(order(a), order(b)) })
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range reBlock.FindAllStringSubmatch(string(text), -1) {
			if b[2] == language {
				blocks = append(blocks, block{page, language, b[3], b[1] != ""})
			}
		}
	}
	return blocks
}

// order puts the tutorials, in the order in which they are read, before the pages that use their runs.
func order(page string) int {
	for i, name := range []string{"README.md", "first-fit.md", "your-recording.md", "cell-types.md", "in-silico.md"} {
		if filepath.Base(page) == name {
			return i
		}
	}
	return math.MaxInt
}

// commands are the lines of a block that call v1lab, each as its arguments. The shell splits them into words.
func (b block) commands(t *testing.T) (commands [][]string) {
	t.Helper()
	for line := range strings.Lines(strings.ReplaceAll(b.text, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if !reOurs.MatchString(line) {
			continue
		}
		words, err := exec.CommandContext(t.Context(), "sh", "-c", `printf '%s\n' `+reOurs.ReplaceAllString(line, "")).Output()
		if err != nil {
			t.Fatalf("%s: %s: %v", b.page, line, err)
		}
		commands = append(commands, strings.Split(strings.TrimSpace(string(words)), "\n"))
	}
	return commands
}

// Every command in the documents is one that the program reads: verbs, flags and their values. Files of the checkout that it names exist.
func TestDocumentsCommandsAreRead(t *testing.T) {
	root := checkout(t)
	blocks := documents(t, "sh")
	var inServices []string
	for _, b := range documents(t, "yaml") {
		inServices = append(inServices, services(t, b.text)...)
	}
	if len(inServices) != 2 || inServices[0] != inServices[1] {
		t.Errorf("the examples for GitHub and GitLab do not run the same: %q", inServices)
	}
	blocks = append(blocks, block{page: "services", text: strings.Join(inServices, "\n")})
	read := 0
	for _, b := range blocks {
		for _, args := range b.commands(t) {
			read++
			parser, err := grammar(&cli{}, kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}), kong.BindTo(context.Background(), (*context.Context)(nil)), kong.Bind(&app{}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: v1lab %s: %v", b.page, strings.Join(args, " "), err)
			}
			for _, word := range args {
				if top, _, deeper := strings.Cut(word, "/"); deeper && (top == "notebooks" || top == "v1model") {
					if found, err := filepath.Glob(filepath.Join(root, word) + "*"); err != nil || len(found) == 0 { // a checkpoint's name is a prefix
						t.Errorf("%s: %s: %s does not exist", b.page, strings.Join(args, " "), word)
					}
				}
			}
		}
	}
	if read < 60 {
		t.Errorf("only %d commands found", read)
	}
}

// elsewhere are verbs that the documents' test does not run: tests of their own do, with less work.
var elsewhere = []string{"demo", "prune", "lab", "notebook", "doctor", "kernel", "bench", "compare", "study", "sweep"}

// soon lists flags with which a verb ends soon. The test adds them to a command, or changes their values in it.
var soon = map[string][]string{
	"fit":          {"--set", "fit.max_steps=4", "--set", "fit.validate_every=2"},
	"mei":          {"--steps", "5"},
	"tune":         {"--x", "11:12", "--y", "11:12"},
	"discriminate": {"--images", "1", "--steps", "5"},
}

// endsSoon returns the flags of soon that suit a command: a fit of one cycle has its own name for its steps, and so has one that takes the config of such a run.
func endsSoon(args []string) []string {
	if args[0] == "fit" && (slices.Contains(args, "fit.schedule=one_cycle") || slices.Contains(oneCyclePresets, valueOf(args, "--config")) || valueOf(args, "--core-from") == "runs/first") {
		return []string{"--set", "fit.steps=4", "--set", "fit.validate_every=2"}
	}
	return soon[args[0]]
}

// small makes a command's simulations small, also those of which a model is asked, with the same kind of images and types.
func small(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		args[i] = smaller(arg)
	}
	return args
}

func smaller(recording string) string {
	scheme, options, _ := strings.Cut(recording, "?")
	values, err := url.ParseQuery(options)
	switch {
	case err != nil: // the command says what is wrong
	case scheme == "simulated:":
		for name, most := range map[string]int{"neurons": 24, "images": 200, "val": 60, "test": 40} {
			if n, err := strconv.Atoi(values.Get(name)); !values.Has(name) || err == nil && n > most {
				values.Set(name, strconv.Itoa(most))
			}
		}
		return scheme + "?" + values.Encode()
	case strings.HasPrefix(scheme, twin.Scheme+":") && values.Has("images"):
		values.Set("images", smaller(values.Get("images")))
		return scheme + "?" + values.Encode()
	}
	return recording
}

// oneCyclePresets lists the presets with one cycle.
var oneCyclePresets = func() (names []string) {
	for _, p := range v1model.Presets() {
		if p.Config.Fit.Schedule == schedule.OneCycle {
			names = append(names, p.ID())
		}
	}
	return names
}()

// valueOf is the value of a flag, "" if the command does not have it.
func valueOf(args []string, flag string) string {
	if at := slices.Index(args, flag); at >= 0 && at+1 < len(args) {
		return args[at+1]
	}
	return ""
}

// cheap tells whether a command is run by go test -short too: it fits and compiles nothing.
func cheap(args []string) bool {
	return args[0] == "data" && !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, twin.Scheme+":") }) || slices.Contains(args, "--list-presets") || args[0] == "--version"
}

// withFlags adds flags with their values to a command. A value replaces the one that the command has, except for --set, which may be repeated.
func withFlags(args, flags []string) []string {
	args = slices.Clone(args)
	for i := 0; i < len(flags); i += 2 {
		if at := slices.Index(args, flags[i]); at > 0 && flags[i] != "--set" {
			args[at+1] = flags[i+1]
		} else {
			args = append(args, flags[i], flags[i+1])
		}
	}
	return args
}

// The commands of each page do what they say, one after the other in an empty folder beside the checkout's own; simulations are small and fits stop early. Pages share
// the folder, and what was done for one page is not done again for another.
func TestDocumentsCommandsRun(t *testing.T) {
	root, dir := checkout(t), t.TempDir()
	for _, name := range []string{"notebooks", "v1model", "datasets", "docs"} {
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("V1LAB_ROOT", root)
	ran := map[string]bool{}
	for _, b := range documents(t, "sh") {
		if b.notRun {
			continue
		}
		for _, args := range b.commands(t) {
			line := strings.Join(args, " ")
			if ran[line] || slices.Contains(elsewhere, args[0]) || testing.Short() && !cheap(args) {
				continue
			}
			ran[line] = true
			if args = small(args); !cheap(args) && !slices.Contains(args, "--resume") {
				args = withFlags(args, endsSoon(args))
			}
			start := time.Now()
			if status, _, stderr := v1lab(args...); status != done {
				t.Errorf("%s: v1lab %s: %s", b.page, line, stderr)
			}
			t.Logf("%.1f s: v1lab %s", time.Since(start).Seconds(), line)
		}
	}
	if want := map[bool]int{false: 25, true: 5}[testing.Short()]; len(ran) < want {
		t.Errorf("only %d commands ran, want %d", len(ran), want)
	}
}

// Configs in the documents are read without complaint.
func TestDocumentsConfigs(t *testing.T) {
	found := 0
	for _, b := range documents(t, "yaml") {
		if !strings.HasPrefix(b.text, "preset:") {
			continue
		}
		found++
		if config, err := v1model.Parse([]byte(b.text)); err != nil {
			t.Errorf("%s: %v in\n%s", b.page, err, b.text)
		} else if err := config.Validate(); err != nil {
			t.Errorf("%s: %v in\n%s", b.page, err, b.text)
		}
	}
	if found == 0 {
		t.Error("no config found")
	}
}

// Go in the documents compiles: whole files, and cells of notebooks, which have a line %% before what they do. A cell may use what earlier cells
// of its page import.
func TestDocumentsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("builds what it finds")
	}
	root, dir := checkout(t), t.TempDir()
	overlay, imports := map[string]string{}, map[string][]string{}
	var folders []string
	for i, b := range documents(t, "go") {
		text := b.text
		if !strings.HasPrefix(text, "package ") {
			declared, body, isCell := strings.Cut(text, "%%\n")
			if !isCell {
				if strings.HasPrefix(b.page, "docs/developers/") {
					continue // part of an example that its package's test compiles
				}
				t.Errorf("%s: a block of Go that is neither a file nor a cell with %%%%:\n%s", b.page, text)
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), b.page, "package cell\n"+declared, parser.ImportsOnly)
			if err != nil {
				t.Errorf("%s: %v", b.page, err)
				continue
			}
			for _, spec := range file.Imports {
				imports[b.page] = append(imports[b.page], spec.Path.Value)
			}
			text = "package cell\n"
			for _, quoted := range imports[b.page] {
				if strings.Contains(body, path.Base(strings.Trim(quoted, `"`))+".") {
					text += "import " + quoted + "\n"
				}
			}
			text += "func cell() {\n" + body + "}\n"
		} else if _, rest, ok := strings.Cut(text, "package main\n"); ok {
			text = "package cell\n" + rest // compiled, not linked
		}
		written := filepath.Join(dir, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(written, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		folder := fmt.Sprintf("docs/block%d", i)
		folders = append(folders, "./"+folder)
		overlay[filepath.Join(root, folder, "block.go")] = written
	}
	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, replace, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", append([]string{"build", "-overlay", file}, folders...)...)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil || len(folders) == 0 {
		t.Errorf("%d blocks: %v\n%s", len(folders), err, out)
	}
}

// The generated parts of the documents are what the program makes of them today.
func TestDocumentsAreCurrent(t *testing.T) {
	if status, _, stderr := v1lab("docs", "--check"); status != done {
		t.Error(stderr)
	}
}

var reLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links and pictures in the documents lead somewhere: files exist, and so do the headings they name. A link leads to every page.
func TestDocumentsLinks(t *testing.T) {
	root := checkout(t)
	pages, err := docgen.Pages(root)
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{"README.md": true}
	pages = append(pages, "CONTRIBUTING.md", "CHANGELOG.md")
	for _, page := range pages {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range reLink.FindAllStringSubmatch(string(text), -1) {
			target, heading, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := filepath.Join(root, page)
			if target != "" {
				file = filepath.Join(root, filepath.Dir(page), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %s leads nowhere", page, link[1])
			} else if heading != "" && !slices.Contains(headings(t, file), heading) {
				t.Errorf("%s: %s names no heading of that page", page, link[1])
			}
			if relative, err := filepath.Rel(root, file); err == nil && relative != page {
				reached[relative] = true
			}
		}
	}
	for _, page := range pages {
		if !reached[page] {
			t.Errorf("no link leads to %s; the pages of its kind are listed in docs/README.md and docs/developers/README.md", page)
		}
	}
}

// Pictures are small, so that the checkout stays so.
func TestDocumentsPictures(t *testing.T) {
	pictures, err := filepath.Glob(filepath.Join(checkout(t), "docs", "pictures", "*"))
	if err != nil || len(pictures) == 0 {
		t.Fatal(pictures, err)
	}
	for _, picture := range pictures {
		if info, err := os.Stat(picture); err != nil || info.Size() > 150_000 {
			t.Errorf("%s: above 150 kB, or %v", picture, err)
		}
	}
}

var (
	reHeading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	reDropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// headings are the names that code hosts give to the headings of a page.
func headings(t *testing.T, file string) (names []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range reHeading.FindAllStringSubmatch(string(text), -1) {
		names = append(names, strings.ReplaceAll(reDropped.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-"))
	}
	return names
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
