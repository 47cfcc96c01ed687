package pjrt

/*
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// XLA's CPU client allocates the memory of every execution with malloc and frees it afterwards. glibc serves blocks of that size by mmap, so
// each step of a fit pays for fresh zeroed pages, more than for its arithmetic. Without mmap and trimming, pages are kept and
// reused. A single arena makes that work for every thread of the client: arenas of threads hold only 64 MiB each and fall back to
// mmap. The heap may grow to half of the memory in huge pages, which saves most of the address translation; that
// reserves addresses, not memory.
//
// glibc fixes the number of arenas when the second thread allocates, so this must run before Go's runtime starts threads. Programs linked by
// Go's own linker, such as notebook cells, do not run it: package tools sets GLIBC_TUNABLES for them instead.
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
