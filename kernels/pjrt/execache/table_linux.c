#include "table_linux.h"
#include "_cgo_export.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

pjrt_table *v1lab_table(const char *path) {
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NOLOAD);
	if (library == NULL) {
		return NULL;
	}
	// GetPjrtApi is the one name that a plugin exports.
	pjrt_table *(*get)(void) = (pjrt_table * (*)(void)) dlsym(library, "GetPjrtApi");
	return get == NULL ? NULL : get();
}

// The function that stands for Client_Compile is not told whose client it serves: each plugin gets its own.
static void *compile0(void *args) { return v1labCompile(0, args); }
static void *compile1(void *args) { return v1labCompile(1, args); }
static void *compile2(void *args) { return v1labCompile(2, args); }
static void *compile3(void *args) { return v1labCompile(3, args); }
static const pjrt_function compilers[] = {compile0, compile1, compile2, compile3};

pjrt_table *v1lab_cached(const pjrt_table *table, int slot) {
	if (slot < 0 || slot >= (int)(sizeof compilers / sizeof *compilers)) {
		return NULL;
	}
	pjrt_table *copy = malloc(table->struct_size);
	if (copy != NULL) {
		memcpy(copy, table, table->struct_size);
		copy->functions[PJRT_CLIENT_COMPILE] = compilers[slot];
	}
	return copy;
}

void *v1lab_call(const pjrt_table *table, int function, void *args) { return table->functions[function](args); }

void v1lab_release(pjrt_serialize *s) {
	if (s->release != NULL) {
		s->release(s->backing);
	}
}
