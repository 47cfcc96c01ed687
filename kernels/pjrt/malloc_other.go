//go:build !linux

package pjrt

func keepPages() {}
