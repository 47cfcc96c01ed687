package tools

import _ "embed"

var (
	//go:embed gonb/kernel_streams.go.txt
	streamsOfCells string
	//go:embed gonb/goexec_report.go.txt
	reportOfCells string
)

// show makes what a cell prints, and why it fails, readable: gonb sends every write as a message of its own, splits characters between them, and lets an endless loop drown the
// page; it shows a mistake in two or three boxes, with temporary paths, and a panic word by word.
var show = []patch{
	{gonb, "internal/kernel/streams.go", "", streamsOfCells},
	{gonb, "internal/kernel/messages.go", `// jupyterStreamWriter is an ` + "`io.Writer`" + ` implementation that writes the data to the notebook
// front-end.
type jupyterStreamWriter struct {
	stream string
	msg    Message
}

`, ""},
	{gonb, "internal/kernel/messages.go", "	return &jupyterStreamWriter{stream, msg}\n", "	return &jupyterStreamWriter{stream: stream, msg: msg}\n"},
	{gonb, "internal/kernel/messages.go", `// Write implements ` + "`io.Writer.Write` by publishing the data via `PublishWriteStream`" + `
func (w *jupyterStreamWriter) Write(p []byte) (n int, err error) {
	data := string(p)
	if err := PublishWriteStream(w.msg, w.stream, data); err != nil {
		klog.Errorf("Failed to stream %d bytes of data to stream %q: %+v", n, w.stream, err)
	}
	return len(p), nil
}

`, ""},
	{gonb, "internal/kernel/messages.go", "func PublishWriteStream(msg Message, stream string, data string) error {\n", `func PublishWriteStream(msg Message, stream string, data string) error {
	FlushStreams()
	return publishStream(msg, stream, data)
}

func publishStream(msg Message, stream string, data string) error {
`},
	{gonb, "internal/kernel/messages.go", "		// Ignore if there is no message to reply to.\n		return nil\n	}\n", "		// Ignore if there is no message to reply to.\n		return nil\n	}\n	FlushStreams()\n"},
	{gonb, "internal/kernel/messages.go", "func PublishUpdateDisplayData(msg Message, data Data) error {\n", "func PublishUpdateDisplayData(msg Message, data Data) error {\n	FlushStreams()\n"},
	{gonb, "internal/jpyexec/jpyexec.go", "	streamersWG.Wait()\n", "	streamersWG.Wait()\n	kernel.EndStreams(exec.Msg)\n"},
	{gonb, "internal/jpyexec/jpyexec.go", "		_ = kernel.PublishWriteStream(exec.Msg, kernel.StreamStderr, errMsg)\n", "		if !exec.useNamedPipes { // a cell's error says it\n			_ = kernel.PublishWriteStream(exec.Msg, kernel.StreamStderr, errMsg)\n		}\n"},

	{gonb, "internal/goexec/report.go", "", reportOfCells},
	{gonb, "internal/goexec/errorpublish.go", `	if s.rawError {
		return nbErr
	} else {
		nbErr.PublishWithHTML(msg)
		return err
	}
`, `	if nbErr == nil {
		return err
	}
	return s.compileFailure(nbErr)
`},
	{gonb, "internal/goexec/errorpublish.go", `		return nbErr.Name(), nbErr.Error(), nbErr.Traceback()
	} else {
		return "ERROR", err.Error(), []string{err.Error()}
	}
`, `		return nbErr.Name(), nbErr.Error(), nbErr.Traceback()
	}
	var failure *CellFailure
	if errors.As(err, &failure) {
		return failure.Kind, failure.Sentence, []string{failure.Report}
	}
	return "ERROR", err.Error(), []string{red + err.Error() + plain}
`},
	{gonb, "internal/goexec/execcode.go", "DisplayErrorWithContext(msg, fileToCellIdAndLine, strOutput, err)", "DisplayErrorWithContext(msg, updatedFileToCellIdAndLine, strOutput, err)"},
	{gonb, "internal/goexec/gonberror.go", "	errMsg string\n	err    error\n", "	errMsg string\n	err    error\n\n	mapping []CellIdAndLine // of main.go's lines\n"},
	{gonb, "internal/goexec/gonberror.go", "errMsg: errorMsg, err: baseErr}\n", "errMsg: errorMsg, err: baseErr, mapping: fileToCellIdAndLine}\n"},
	{gonb, "internal/goexec/gonberror.go", "	HasCellInfo bool\n", "	Source      string // the line\n	HasCellInfo bool\n"},
	{gonb, "internal/goexec/gonberror.go", "	// Gather CellInfo\n", "	if lineNum >= 0 && lineNum < len(codeLines) {\n		l.Source = codeLines[lineNum]\n	}\n\n	// Gather CellInfo\n"},
	{gonb, "internal/goexec/execcode.go", `	stderrWithAnnotator := newJupyterStackTraceMapperWriter(msg, "stderr", s, fileToCellIdAndLine)
	var stderr io.Writer = stderrWithAnnotator
`, `	cellErr := &cellStderr{to: kernel.NewJupyterStreamWriter(msg, kernel.StreamStderr)}
	var stderr io.Writer = cellErr
`},
	{gonb, "internal/goexec/execcode.go", `		if !s.rawError {
			if annotator, ok := stderrWithAnnotator.(*jupyterStackTraceMapperWriter); ok {
				if annotator.lineBuffer.Len() > 0 {
					lineStr := strings.TrimRight(annotator.lineBuffer.String(), "\n\r")
					annotator.processLine(lineStr)
					annotator.lineBuffer.Reset()
				}
				if len(annotator.errorLines) > 0 {
					annotator.state.DisplayErrorLines(msg, annotator.errorLines, exitErr)
				}
			}
		}
		return exitErr
	}

	return nil
`, `		failure := s.runFailure(cellErr, fileToCellIdAndLine, msg.Kernel().Interrupted.Load(), exitErr)
		kernel.EndStreams(msg)
		return failure
	}
	cellErr.release()
	kernel.EndStreams(msg)
	return nil
`},
}
