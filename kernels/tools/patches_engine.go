package tools

import _ "embed"

var (
	//go:embed gonb/goexec_engine.go.txt
	engineFile string
	//go:embed rebuild/rebuild.go
	rebuildFile string
	//go:embed rebuild/cell.go
	rebuildCellFile string
	//go:embed rebuild/recipe.go
	rebuildRecipeFile string
	//go:embed rebuild/state.go
	rebuildStateFile string
)

// byEngine builds cells that ask the engine for what they would compute, where the engine has it, and builds a cell anew only as far as something changed.
var byEngine = []patch{
	{gonb, "internal/rebuild/rebuild.go", "", rebuildFile},
	{gonb, "internal/rebuild/cell.go", "", rebuildCellFile},
	{gonb, "internal/rebuild/recipe.go", "", rebuildRecipeFile},
	{gonb, "internal/rebuild/state.go", "", rebuildStateFile},
	{gonb, "internal/goexec/engine.go", "", engineFile},
	{gonb, "internal/goexec/execcode.go", "	output, err := cmd.CombinedOutput()\n	if err != nil {\n		klog.Errorf(\"Failed %q", "	output, err := s.build(cmd)\n	if err != nil {\n		klog.Errorf(\"Failed %q"},
}
