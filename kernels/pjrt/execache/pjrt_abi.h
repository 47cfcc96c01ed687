// The part of the PJRT C interface (version 0) that the cache calls. Order and types of the fields are the interface's own, handles are
// void pointers. Every struct begins with its size and a list of extensions.
#ifndef V1LAB_PJRT_ABI_H
#define V1LAB_PJRT_ABI_H

#include <stddef.h>

typedef struct {
	size_t struct_size;
	void *extensions;
	const char *code;
	size_t code_size;
	const char *format; // of the code: "mlir", "hlo"
	size_t format_size;
} pjrt_program;

typedef struct {
	size_t struct_size;
	void *extensions;
	void *client;
	const pjrt_program *program;
	const char *options;
	size_t options_size;
	void *loaded; // out
} pjrt_compile;

// What is destroyed is an error or an executable.
typedef struct {
	size_t struct_size;
	void *extensions;
	void *object;
} pjrt_destroy;

// One handle for another: a loaded executable's description, a device's description.
typedef struct {
	size_t struct_size;
	void *extensions;
	void *of;
	void *result; // out
} pjrt_get;

// A text of something: a client's platform and its version, the kind of a device, an error's message.
typedef struct {
	size_t struct_size;
	void *extensions;
	void *of;
	const char *text; // out, not ended by zero
	size_t size;      // out
} pjrt_text;

typedef struct {
	size_t struct_size;
	void *extensions;
	void *client;
	void **devices; // out
	size_t count;   // out
} pjrt_devices;

typedef struct {
	size_t struct_size;
	void *extensions;
	void *executable;
	const char *bytes;       // out, valid until release
	size_t size;             // out
	void *backing;           // out
	void (*release)(void *); // out, to be called with backing
} pjrt_serialize;

typedef struct {
	size_t struct_size;
	void *extensions;
	void *client;
	const char *bytes;
	size_t size;
	void *loaded;        // out
	const char *options; // NULL for those that were serialized
	size_t options_size;
} pjrt_load;

// Every function takes one struct of arguments and returns an error or NULL.
typedef void *(*pjrt_function)(void *args);

// Places in the table of functions.
enum {
	PJRT_ERROR_DESTROY = 0,
	PJRT_ERROR_MESSAGE = 1,
	PJRT_CLIENT_PLATFORM_NAME = 12,
	PJRT_CLIENT_PLATFORM_VERSION = 14,
	PJRT_CLIENT_ADDRESSABLE_DEVICES = 16,
	PJRT_CLIENT_COMPILE = 20,
	PJRT_DESCRIPTION_KIND = 26,
	PJRT_DEVICE_DESCRIPTION = 29,
	PJRT_EXECUTABLE_DESTROY = 40,
	PJRT_EXECUTABLE_SERIALIZE = 49,
	PJRT_LOADED_EXECUTABLE = 51,
	PJRT_DESERIALIZE_AND_LOAD = 56,
	PJRT_NEEDED = 57,
};

typedef struct {
	size_t struct_size;
	void *extensions;
	struct {
		size_t struct_size;
		void *extensions;
		int major;
		int minor;
	} version;
	pjrt_function functions[]; // struct_size says how many
} pjrt_table;

// A mistake in the layouts above must not get as far as a running program.
_Static_assert(offsetof(pjrt_table, functions) == 40, "pjrt_table");
_Static_assert(sizeof(pjrt_program) == 48 && sizeof(pjrt_compile) == 56 && sizeof(pjrt_destroy) == 24 && sizeof(pjrt_get) == 32, "PJRT structs");
_Static_assert(sizeof(pjrt_text) == 40 && sizeof(pjrt_devices) == 40 && sizeof(pjrt_serialize) == 56 && sizeof(pjrt_load) == 64, "PJRT structs");

#endif
