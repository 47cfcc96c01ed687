package execache

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "table_linux.h"
*/
import "C"

import (
	"fmt"
	"slices"
	"sync"
	"unsafe"

	xlapjrt "github.com/gomlx/go-xla/pjrt"
)

// cached is a plugin whose compilations go through the cache.
type cached struct {
	table *C.pjrt_table // the plugin's own functions
	from  []string      // plugin and machine, on which all of its programs depend
}

var (
	mu       sync.Mutex
	plugins  []*cached // by slot
	attached = map[string]bool{}
)

// Attach puts the cache between go-xla and the plugin at an absolute path; clients opened afterwards compile through it. go-xla has no other
// way to load compiled programs, so it is handed a copy of the plugin's function table in which one function is ours.
// After an error the plugin is used without a cache.
func Attach(path string) error {
	if dir, err := Folder(); err != nil || dir == "" {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	if attached[path] {
		return nil
	}
	from, err := plugin(path)
	if err != nil {
		return err
	}
	on, err := machine()
	if err != nil {
		return err
	}
	if _, err := xlapjrt.GetPlugin(path); err != nil { // loads it
		return err
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	table := C.v1lab_table(name)
	if table == nil {
		return fmt.Errorf("plugin %s has no table of functions", path)
	}
	needed := C.sizeof_pjrt_table + C.PJRT_NEEDED*C.sizeof_pjrt_function
	if table.version.major != 0 || table.struct_size < C.size_t(needed) {
		return fmt.Errorf("plugin %s: PJRT %d.%d with a table of %d bytes; accepted: 0.x, %d bytes", path, table.version.major, table.version.minor, table.struct_size, needed)
	}
	ours := C.v1lab_cached(table, C.int(len(plugins)))
	if ours == nil {
		return fmt.Errorf("plugin %s: there are %d in this process already", path, len(plugins))
	}
	from = slices.Concat(from, on, []string{fmt.Sprintf("PJRT %d.%d", table.version.major, table.version.minor)})
	plugins = append(plugins, &cached{table, from})
	attached[path] = true
	return xlapjrt.RegisterPreloadedPlugin(path, uintptr(unsafe.Pointer(ours)))
}
