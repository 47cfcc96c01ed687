package pjrt

/*
#include <malloc.h>

// XLA's CPU client takes the temporary memory of every execution from malloc and gives it back afterwards. glibc serves blocks of that
// size by mmap, so that each step of a fit pays for fresh zeroed pages. Without mmap and trimming the pages are kept and used again.
static void keepPages(void) {
#ifdef __GLIBC__
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_TOP_PAD, 64 << 20);
#endif
}
*/
import "C"

func keepPages() { C.keepPages() }
