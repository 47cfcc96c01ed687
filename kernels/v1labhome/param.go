package v1labhome

import "strings"

// ParamPrefix begins the names of the environment variables that hold a notebook's parameters.
const ParamPrefix = "V1LAB_PARAM_"

// ParamVariable returns the name of the environment variable that holds a parameter: upper case, with _ for - and the dot.
func ParamVariable(name string) string {
	return ParamPrefix + strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToUpper(name))
}
