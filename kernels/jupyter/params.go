package jupyter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"v1lab/kernels/ipynb"
	"v1lab/kernels/v1labhome"
)

var reParam = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*$`)

func checkName(name string) error {
	if !reParam.MatchString(name) {
		return fmt.Errorf("parameter %q: a name is letters, digits and . _ -, first a letter", name)
	}
	return nil
}

// CheckParams returns an error if none of the notebooks reads a parameter, according to [ipynb.Parameters], or if two names mean the same
// parameter. Notebooks that cannot be read might read any parameter: [Execute] reports them.
func CheckParams(notebooks []string, params map[string]string) error {
	known, anything := map[string]string{}, false // the name in a notebook, by variable
	for _, path := range notebooks {
		sources, err := ipynb.Read(path)
		anything = anything || err != nil
		for _, cell := range sources {
			names, all := ipynb.Parameters(cell)
			anything = anything || all
			for _, name := range names {
				known[v1labhome.ParamVariable(name)] = name
			}
		}
	}
	given := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if err := checkName(name); err != nil {
			return err
		}
		variable := v1labhome.ParamVariable(name)
		if _, ok := known[variable]; !ok && !anything {
			accepted := "none"
			if len(known) > 0 {
				accepted = strings.Join(slices.Sorted(maps.Values(known)), ", ")
			}
			return fmt.Errorf("parameter %q: no cell of %s asks for it; accepted: %s", name, strings.Join(notebooks, ", "), accepted)
		}
		if other, twice := given[variable]; twice {
			return fmt.Errorf("parameters %q and %q are the same one: give one of them", other, name)
		}
		given[variable] = name
	}
	return nil
}

// CheckLanguage returns an error for a notebook of another language than Go. It accepts notebooks that do not say theirs, and those that cannot be read:
// [Execute] reports them.
func CheckLanguage(notebook string) error {
	kernel, language, err := ipynb.Language(notebook)
	if err != nil || language == "" || strings.EqualFold(language, "go") {
		return nil
	}
	return fmt.Errorf("notebook %s: its kernel is %q, of the language %s; accepted: notebooks in Go", notebook, kernel, language)
}
