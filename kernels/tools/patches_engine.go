package tools

import _ "embed"

//go:embed gonb/goexec_engine.go.txt
var engineFile string

// byEngine builds cells that ask the engine for what they would compute, where the engine has it.
var byEngine = []patch{
	{gonb, "internal/goexec/engine.go", "", engineFile},
	{gonb, "internal/goexec/execcode.go", "	args = append(args, s.GoBuildFlags...)\n", `	args = append(args, s.GoBuildFlags...)
	if s.compileForEngine(args) {
		return nil
	}
`},
}
