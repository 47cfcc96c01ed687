// Package resident asks the engine: one process beside a notebook's kernel that keeps the plugin, compiled programs, opened runs and recordings, so that
// a cell neither links nor loads them.
//
// In goes a question of package questions, out comes the answer. The engine (package engine, the verb v1lab engine) is started with the first
// question, over a socket in the kernel's temporary folder that only the user can reach. It ends with the kernel, and is started anew if it died or the
// checkout's sources have changed.
package resident
