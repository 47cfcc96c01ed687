package execache

import (
	"sync"
	"time"
)

// Counts is what this process has compiled and loaded so far.
type Counts struct {
	Compiled, Loaded int           // programs compiled, and programs read from disk
	Compiling        time.Duration // time spent compiling, including writing to disk
	Loading          time.Duration // time spent reading
}

var counts struct {
	sync.Mutex
	Counts
}

// Counted returns the counts of this process. They stay zero if the cache is off.
func Counted() Counts {
	counts.Lock()
	defer counts.Unlock()
	return counts.Counts
}

// Since returns the difference to earlier counts.
func (c Counts) Since(before Counts) Counts {
	return Counts{c.Compiled - before.Compiled, c.Loaded - before.Loaded, c.Compiling - before.Compiling, c.Loading - before.Loading}
}

func count(loaded bool, spent time.Duration) {
	counts.Lock()
	defer counts.Unlock()
	if loaded {
		counts.Loaded++
		counts.Loading += spent
		return
	}
	counts.Compiled++
	counts.Compiling += spent
}
