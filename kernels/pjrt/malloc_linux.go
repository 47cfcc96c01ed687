package pjrt

/*
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// XLA's CPU client takes the memory of every execution from malloc and gives it back afterwards. glibc serves blocks of that size by mmap, so
// that each step of a fit pays for fresh zeroed pages, more than for its arithmetic. Without mmap and trimming the pages are kept and
// used again; with one arena they are, whichever thread of the client asks: the arenas of threads hold 64 MiB each and fall back to
// mmap for more. The heap may grow to half of the memory in huge pages, which spares the processor most of its address translation; that
// reserves addresses, not memory.
//
// glibc fixes the number of arenas when the second thread allocates, so this must come before Go's runtime starts threads. Programs that
// Go's own linker makes, as notebook cells are, don't run it: package tools gives them GLIBC_TUNABLES to the same end.
__attribute__((constructor)) static void keepPages(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	mallopt(M_TOP_PAD, 64 << 20);
	size_t huge = 2 << 20, half = (size_t)sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGESIZE);
	char *heap = malloc(half);
	if (heap != NULL) {
		size_t skip = huge - (uintptr_t)heap % huge;
		madvise(heap + skip, half - skip, MADV_HUGEPAGE);
		free(heap);
	}
#endif
}
*/
import "C"
