package execache

import (
	"sync"
	"time"
)

// Counts is what this process did about programs so far.
type Counts struct {
	Compiled, Loaded int           // programs, made or read
	Compiling        time.Duration // spent on the former, keeping them included
	Loading          time.Duration // spent on the latter
}

var counts struct {
	sync.Mutex
	Counts
}

// Counted returns the counts of this process. They stay zero with the cache off.
func Counted() Counts {
	counts.Lock()
	defer counts.Unlock()
	return counts.Counts
}

// Since returns what was done after the counts before.
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
