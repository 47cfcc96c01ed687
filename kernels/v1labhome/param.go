package v1labhome

import "strings"

// ParamPrefix begins the names of the environment variables that carry a notebook's parameters.
const ParamPrefix = "V1LAB_PARAM_"

// Param returns the name of the environment variable that carries a parameter: in capitals, with _ for - and for the dot.
func Param(name string) string {
	return ParamPrefix + strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
}
