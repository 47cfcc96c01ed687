package trial

import (
	"fmt"
	"strings"
)

// Markdown returns the report as a page: a table each of agreement, speed, determinism and resumption, and what was not measured and why.
func (r *Report) Markdown() string {
	var out strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	table := func(title, above string, columns []string, rows [][]string) {
		line("\n## %s\n\n%s\n", title, above)
		if len(rows) == 0 {
			line("Nothing measured.")
			return
		}
		line("| %s |", strings.Join(columns, " | "))
		line("|%s", strings.Repeat("---|", len(columns)))
		for _, row := range rows {
			line("| %s |", strings.Join(row, " | "))
		}
	}
	m := r.Machine
	line("# %s, compared with %s\n", r.Backend, r.Reference)
	line("Device: %s. GPU: %s. Processor: %s, %d threads. XLA's flags: %s. Flags that the plugin refused: %s.", orNone(m.Device), orNone(m.GPU), m.Processor, m.Threads, orNone(m.Flags), orNone(m.Refused))
	table("Does it compute the same?", "Differences from the reference, relative, for the same weights and images.",
		[]string{"case", "system", "loss", "penalty", "rates", "gradients", "worst gradient", "accepted", "holds"}, r.agreement())
	table("How fast?", "Medians of rounds, with the lowest and the highest. Memory of the GPU is that of all programs on it.",
		[]string{"case", "system", "what", "milliseconds", "images a second", "first, s", "memory, MB", "GPU memory, MB", "GPU busy"}, r.speed())
	table("Do two fits end with the same bits?", "The same model, data and seed; all losses and the weights at the best validation.",
		[]string{"fit", "steps", "seconds", "to the first step, s", "a step, ms", "validation loss", "same as", "files of autotuning"}, r.fits())
	table("Does a resumed fit end with the same bits?", "A fit that was stopped and continued in a new process, beside an unbroken one.",
		[]string{"operations", "stopped at", "steps", "same"}, r.resumed())
	var rows [][]string
	for _, p := range r.Parts {
		if p.State != Done {
			rows = append(rows, []string{p.Name, p.State, cell(p.Why)})
		}
	}
	if len(rows) == 0 {
		line("\n## Not measured\n\nNothing is missing.")
	} else {
		table("Not measured", "The same command again tries these.", []string{"part", "state", "why"}, rows)
	}
	line("\n## Seconds of each part\n\n| part | seconds |\n|---|---|")
	for _, p := range r.Parts {
		if p.Seconds > 0 {
			line("| %s | %.0f |", p.Name, p.Seconds)
		}
	}
	return out.String()
}

func (r *Report) agreement() (rows [][]string) {
	for _, a := range r.Agreement {
		e := func(v float64) string { return fmt.Sprintf("%.1e", v) }
		rows = append(rows, []string{a.Case, a.System, e(a.Poisson), e(a.Penalty), e(a.Rates), e(a.Gradient), a.WorstVariable, fmt.Sprintf("%.0e", a.Accepted), yes(a.Holds)})
	}
	return rows
}

func (r *Report) speed() (rows [][]string) {
	for _, s := range r.Speed {
		what, busy, memory := s.What, "", ""
		if s.Batch > 0 {
			what = fmt.Sprintf("%s of %d images", what, s.Batch)
		}
		if s.Utilisation != nil {
			busy = fmt.Sprintf("%.0f %%", 100**s.Utilisation)
		}
		if s.Memory != nil {
			memory = fmt.Sprint(*s.Memory >> 20)
		}
		rows = append(rows, []string{s.Case, s.System, what, fmt.Sprintf("%.3g (%.3g to %.3g)", 1e3*s.Median, 1e3*s.Min, 1e3*s.Max), fmt.Sprintf("%.0f", s.Rate),
			fmt.Sprintf("%.1f", s.First), fmt.Sprint(s.Peak >> 20), memory, busy})
	}
	return rows
}

func (r *Report) fits() (rows [][]string) {
	for _, f := range r.Fits {
		rows = append(rows, []string{f.Name, fmt.Sprint(f.Steps), fmt.Sprintf("%.1f", f.Seconds), fmt.Sprintf("%.1f", f.First), fmt.Sprintf("%.2f", 1e3*f.Step),
			fmt.Sprintf("%.6g", float64(f.ValLoss)), f.SameAs, fmt.Sprint(f.Tuned)})
	}
	return rows
}

func (r *Report) resumed() (rows [][]string) {
	for _, f := range r.Resume {
		operations := "all"
		if strings.Contains(f.Flags, Deterministic) {
			operations = "deterministic ones only"
		}
		rows = append(rows, []string{operations, fmt.Sprint(f.StoppedAt), fmt.Sprint(f.Steps), yes(f.Same)})
	}
	return rows
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "**no**"
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// cell is text that fits into a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s) }
