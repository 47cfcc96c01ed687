package execache

/*
#include "table_linux.h"
*/
import "C"

import (
	"crypto/sha256"
	"fmt"
	"runtime"
	"time"
	"unsafe"
)

// v1labCompile replaces Client_Compile of the plugin in a slot.
//
//export v1labCompile
func v1labCompile(slot C.int, args unsafe.Pointer) unsafe.Pointer {
	mu.Lock()
	c := plugins[slot]
	mu.Unlock()
	return c.compile((*C.pjrt_compile)(args))
}

// compile returns the plugin's error, or nil if it set a.loaded.
func (c *cached) compile(a *C.pjrt_compile) unsafe.Pointer {
	start := time.Now()
	dir, err := Folder() // tests and programs may change it
	use := err == nil && dir != ""
	var k key
	if use {
		k, err = c.key(a)
		use = err == nil
	}
	if use {
		if program := read(dir, k); program != nil {
			if loaded, err := c.load(a.client, program); err == nil {
				a.loaded = loaded
				count(true, time.Since(start))
				return nil
			}
		}
	}
	begun := time.Now()
	if failure := C.v1lab_call(c.table, C.PJRT_CLIENT_COMPILE, unsafe.Pointer(a)); failure != nil {
		return failure
	}
	if use && time.Since(begun) >= minCompile {
		c.keep(dir, k, a.loaded)
	}
	count(false, time.Since(start))
	return nil
}

// key hashes everything that a program's machine code depends on, each part with its length.
func (c *cached) key(a *C.pjrt_compile) (key, error) {
	device, err := c.device(a.client)
	if err != nil {
		return key{}, err
	}
	hash := sha256.New()
	add := func(part []byte) {
		fmt.Fprintf(hash, "%d:", len(part)) //nolint:errcheck // a hash takes all
		hash.Write(part)
	}
	for _, parts := range [][]string{c.from, device} {
		for _, part := range parts {
			add([]byte(part))
		}
	}
	add(view(a.program.format, a.program.format_size))
	add(view(a.options, a.options_size))
	add(view(a.program.code, a.program.code_size))
	return key(hash.Sum(nil)), nil
}

// device identifies the device that a client runs on.
func (c *cached) device(client unsafe.Pointer) ([]string, error) {
	var found []string
	for _, function := range []C.int{C.PJRT_CLIENT_PLATFORM_NAME, C.PJRT_CLIENT_PLATFORM_VERSION} {
		text, err := c.text(function, client)
		if err != nil {
			return nil, err
		}
		found = append(found, text)
	}
	devices := C.pjrt_devices{struct_size: C.sizeof_pjrt_devices, client: client}
	if err := c.call(C.PJRT_CLIENT_ADDRESSABLE_DEVICES, unsafe.Pointer(&devices)); err != nil {
		return nil, err
	}
	for _, device := range unsafe.Slice(devices.devices, devices.count) {
		get := C.pjrt_get{struct_size: C.sizeof_pjrt_get, of: device}
		if err := c.call(C.PJRT_DEVICE_DESCRIPTION, unsafe.Pointer(&get)); err != nil {
			return nil, err
		}
		kind, err := c.text(C.PJRT_DESCRIPTION_KIND, get.result)
		if err != nil {
			return nil, err
		}
		found = append(found, kind)
	}
	return found, nil
}

// load makes a program from its serialised form.
func (c *cached) load(client unsafe.Pointer, program []byte) (unsafe.Pointer, error) {
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&program[0])
	a := C.pjrt_load{struct_size: C.sizeof_pjrt_load, client: client, bytes: (*C.char)(unsafe.Pointer(&program[0])), size: C.size_t(len(program))}
	err := c.call(C.PJRT_DESERIALIZE_AND_LOAD, unsafe.Pointer(&a))
	return a.loaded, err
}

// keep writes a program to disk if the plugin can serialise it.
func (c *cached) keep(dir string, k key, loaded unsafe.Pointer) {
	get := C.pjrt_get{struct_size: C.sizeof_pjrt_get, of: loaded}
	if c.call(C.PJRT_LOADED_EXECUTABLE, unsafe.Pointer(&get)) != nil {
		return
	}
	end := C.pjrt_destroy{struct_size: C.sizeof_pjrt_destroy, object: get.result}
	defer C.v1lab_call(c.table, C.PJRT_EXECUTABLE_DESTROY, unsafe.Pointer(&end))
	s := C.pjrt_serialize{struct_size: C.sizeof_pjrt_serialize, executable: get.result}
	if c.call(C.PJRT_EXECUTABLE_SERIALIZE, unsafe.Pointer(&s)) != nil {
		return
	}
	write(dir, k, view(s.bytes, s.size), Limit)
	C.v1lab_release(&s)
}

// text returns a text about an object.
func (c *cached) text(function C.int, of unsafe.Pointer) (string, error) {
	a := C.pjrt_text{struct_size: C.sizeof_pjrt_text, of: of}
	err := c.call(function, unsafe.Pointer(&a))
	return string(view(a.text, a.size)), err
}

// call converts a function's error to Go's.
func (c *cached) call(function C.int, args unsafe.Pointer) error {
	failure := C.v1lab_call(c.table, function, args)
	if failure == nil {
		return nil
	}
	message := C.pjrt_text{struct_size: C.sizeof_pjrt_text, of: failure}
	C.v1lab_call(c.table, C.PJRT_ERROR_MESSAGE, unsafe.Pointer(&message))
	err := fmt.Errorf("%s", view(message.text, message.size))
	end := C.pjrt_destroy{struct_size: C.sizeof_pjrt_destroy, object: failure}
	C.v1lab_call(c.table, C.PJRT_ERROR_DESTROY, unsafe.Pointer(&end))
	return err
}

// view returns C memory as bytes, valid as long as that memory is.
func view(start *C.char, size C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(start)), size)
}
