package tools

import _ "embed"

//go:embed gonb/jpyexec_stdin.go.txt
var questions string

// cells makes a cell's mistakes errors of the cell: gonb stays alive and says in one sentence what it does not take.
var cells = []patch{
	// A bug of gonb that a cell strikes ends the cell.
	{gonb, "internal/goexec/execcode.go", "err := s.executeCellImpl(params.msg, params.cellId, params.lines, params.skipLines)\n", `err := Guarded(func() error { return s.executeCellImpl(params.msg, params.cellId, params.lines, params.skipLines) })
`},
	{gonb, "internal/dispatcher/dispatcher.go", "specialcmd.ExecuteSpecialCell(msg, goExec, lines); specialCell {", `guardedSpecialCell(msg, goExec, lines); specialCell {`},
	{gonb, "internal/dispatcher/dispatcher.go", "if err := specialcmd.Parse(msg, goExec, true, lines, specialLines); err != nil {", `if err := goexec.CheckCell(lines); err != nil {
			executionErr = err
		} else if err := goexec.Guarded(func() error { return specialcmd.Parse(msg, goExec, true, lines, specialLines) }); err != nil {`},
	{gonb, "internal/dispatcher/dispatcher.go", "// handleShutdownRequest sends", `// guardedSpecialCell is specialcmd.ExecuteSpecialCell, whose panic is an error of the cell.
func guardedSpecialCell(msg kernel.Message, goExec *goexec.State, lines []string) (special bool, err error) {
	err = goexec.Guarded(func() (err error) {
		special, err = specialcmd.ExecuteSpecialCell(msg, goExec, lines)
		return err
	})
	return special || err != nil, err
}

// handleShutdownRequest sends`},
	// Windows' line ends.
	{gonb, "internal/dispatcher/dispatcher.go", `code := content["code"].(string)
	silent`, `code := strings.ReplaceAll(content["code"].(string), "\r\n", "\n")
	silent`},
	// A forgotten line %%.
	{gonb, "internal/dispatcher/dispatcher.go", "name, value, traceback := goexec.JupyterErrorSplit(executionErr)\n", `name, value, traceback := goexec.JupyterErrorSplit(executionErr)
		if strings.Contains(value, "expected declaration") && !strings.Contains("\n"+code, "\n%%") {
			value += "; statements go below a line %%"
			traceback = append(traceback, "statements go below a line %%")
		}
`},
	// Lines in comments and raw strings are text.
	{gonb, "internal/specialcmd/specialcmd.go", "	status := &cellStatus{}\n", "	status, text := &cellStatus{}, goexec.TextLines(codeLines)\n"},
	{gonb, "internal/specialcmd/specialcmd.go", "if usedLines.Has(lineNum) {", "if usedLines.Has(lineNum) || text.Has(lineNum) {"},
	{gonb, "internal/goexec/composer.go", "	var needsClosingMain bool\n	for ii, line := range lines {\n		trimmedLine := TrimGonbCommentPrefix(line)\n", `	var needsClosingMain bool
	text := TextLines(lines)
	for ii, line := range lines {
		trimmedLine := TrimGonbCommentPrefix(line)
		if text.Has(ii) {
			trimmedLine = ""
		}
`},
	{gonb, "internal/goexec/composer.go", `if strings.HasPrefix(line, "package") {`, `if !text.Has(ii) && strings.HasPrefix(line, "package ") {`},
	{gonb, "internal/goexec/composer.go", "// CellIdAndLine points to", `// Guarded runs f and returns its panic as an error.
func Guarded(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			klog.Errorf("panic: %v\n%s", r, debug.Stack())
			err = errors.Errorf("the kernel cannot run this cell (%v)", r)
		}
	}()
	return f()
}

// TextLines returns the lines that begin inside a comment or a raw string. Lines for gonb or a shell are no Go: what they quote does not count.
func TextLines(lines []string) Set[int] {
	text := MakeSet[int]()
	end := "" // of the comment or string that a line begins in
	command := false
	for i, line := range lines {
		if end != "" {
			text.Insert(i)
		} else if trimmed := TrimGonbCommentPrefix(line); command || strings.HasPrefix(trimmed, "%") || strings.HasPrefix(trimmed, "!") {
			command = strings.HasSuffix(trimmed, "\\")
			continue
		}
		for at := 0; at < len(line); at++ {
			rest := line[at:]
			switch {
			case end != "":
				if strings.HasPrefix(rest, end) {
					at += len(end) - 1
					end = ""
				}
			case strings.HasPrefix(rest, "//"):
				at = len(line)
			case strings.HasPrefix(rest, "/*"):
				end = "*/"
				at++
			case rest[0] == 0x60:
				end = "\x60"
			case rest[0] == '"' || rest[0] == '\'':
				for at++; at < len(line) && line[at] != rest[0]; at++ {
					if line[at] == '\\' {
						at++
					}
				}
			}
		}
	}
	return text
}

// CheckCell returns an error for what cells do not take.
func CheckCell(lines []string) error {
	text, main := TextLines(lines), 0
	for i, line := range lines {
		if text.Has(i) {
			continue
		}
		trimmed := TrimGonbCommentPrefix(line)
		if trimmed == "%%" || strings.HasPrefix(trimmed, "%% ") || strings.HasPrefix(trimmed, "%%\t") || strings.HasPrefix(trimmed, "%main") {
			if main++; main > 1 {
				return errors.Errorf("line %d: a cell has one line %%%%: put what is below this one into a cell of its own", i+1)
			}
		}
		switch statement := strings.TrimPrefix(strings.TrimSpace(line), "import "); {
		case strings.TrimSpace(statement) == "\"C\"":
			return errors.Errorf("line %d: cells take no cgo: put the C code into a package of the checkout and import that", i+1)
		case strings.HasPrefix(statement, "//go:embed "):
			return errors.Errorf("line %d: cells take no //go:embed: read the file with os.ReadFile", i+1)
		}
	}
	return nil
}

// CellIdAndLine points to`},
	{gonb, "internal/goexec/composer.go", "	\"os\"\n	\"sort\"\n", "	\"os\"\n	\"runtime/debug\"\n	\"sort\"\n"},
	// Without a browser nobody answers: standard input is at its end. With one, a box asks when the program reads.
	{gonb, "internal/jpyexec/stdin.go", "", questions},
	{gonb, "internal/jpyexec/jpyexec.go", "	\"os\"\n	osexec ", "	osexec "},
	{gonb, "internal/jpyexec/jpyexec.go", "	isDone    bool\n	doneChan  chan struct{}\n", "	asked     asked\n	isDone    bool\n	doneChan  chan struct{}\n"},
	{gonb, "internal/jpyexec/jpyexec.go", "	if exec.stdinContent != nil {\n		exec.handleStaticInput()\n", `	if exec.stdinContent == nil {
		switch {
		case exec.alone():
			if exec.millisecondsToInput > 0 {
				exec.nobody()
			}
			exec.cmdStdin.Close()
		case exec.millisecondsToInput <= 0:
			go exec.askWhenRead()
		}
	}
	if exec.stdinContent != nil {
		exec.handleStaticInput()
`},
	{gonb, "internal/jpyexec/jpyexec.go", "	if exec.millisecondsToInput > 0 {\n		exec.handleJupyterInput()", "	if exec.millisecondsToInput > 0 && !exec.alone() {\n		exec.handleJupyterInput()"},
	{gonb, "internal/jpyexec/namedpipes_dispatch.go", "	err := exec.Msg.PromptInput(req.Prompt, req.Password, writeStdinFn)\n", `	if exec.alone() {
		exec.nobody()
		return
	}
	exec.asked.open.Store(true)
	err := exec.Msg.PromptInput(req.Prompt, req.Password, writeStdinFn)
`},
	{gonb, "internal/jpyexec/namedpipes_dispatch.go", "			_, err := cmdStdin.Write([]byte(value))\n", "			_, err := cmdStdin.Write([]byte(value))\n			exec.asked.open.Store(false)\n"},
}
