package version

import "runtime/debug"

// Unknown is the version of a program without build information.
const Unknown = "unknown"

// String returns the version of this program.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Unknown
	}
	return Of(info)
}

// Of returns the version of the program that info describes: the commit, with "+changes" if files differed from it, else the module's version,
// else Unknown.
func Of(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	switch commit := settings["vcs.revision"]; {
	case commit != "" && settings["vcs.modified"] == "true":
		return commit + "+changes"
	case commit != "":
		return commit
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return Unknown
}
