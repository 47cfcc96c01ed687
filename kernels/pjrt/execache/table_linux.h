#include "pjrt_abi.h"

// v1lab_table returns the table of functions of a library that is already loaded, or NULL.
pjrt_table *v1lab_table(const char *path);

// v1lab_cached returns a copy of a table that compiles through v1labCompile(slot, ...), or NULL without memory or for an unknown slot.
pjrt_table *v1lab_cached(const pjrt_table *table, int slot);

// v1lab_call calls one function of a table.
void *v1lab_call(const pjrt_table *table, int function, void *args);

// v1lab_release frees what backs serialized bytes.
void v1lab_release(pjrt_serialize *s);
