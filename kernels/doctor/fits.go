package doctor

import (
	"context"
	"fmt"
	"strings"

	"v1lab/kernels/background"
	"v1lab/kernels/v1labhome"
)

// fits lists the background fits that are not complete.
func fits(context.Context) Check {
	all, err := background.All()
	if err != nil {
		return bad(err, "set "+v1labhome.Env)
	}
	var running, died []string
	stopped := 0
	mend := ""
	for _, k := range all {
		switch {
		case k.Ended == nil:
			running = append(running, fmt.Sprintf("%s (%v)", k.Path, k.Writer))
		case k.Ended.Saved: // stopped on purpose
			stopped++
		default:
			why := "killed"
			if !k.Ended.Killed {
				why = k.Ended.Last
			}
			died = append(died, fmt.Sprintf("%s (%s)", k.Path, why))
			if mend == "" {
				mend = fmt.Sprintf("v1lab fit --resume --background --out %s, or delete that folder", k.Path)
			}
		}
	}
	var parts []string
	if len(died) > 0 {
		parts = append(parts, "ended before their time: "+strings.Join(died, ", "))
	}
	if len(running) > 0 {
		parts = append(parts, fmt.Sprintf("%d under way: %s", len(running), strings.Join(running, ", ")))
	}
	if stopped > 0 {
		parts = append(parts, fmt.Sprintf("%d stopped and saved", stopped))
	}
	text := strings.Join(parts, "; ")
	switch {
	case len(died) > 0:
		return bad(text, mend)
	case text == "":
		return good("none")
	}
	return good("%s", text)
}
