//go:build !linux

package httpd

import "syscall"

// makePrivate does nothing: only Linux takes the mode of a socket that has no name.
func makePrivate(string, string, syscall.RawConn) error { return nil }
