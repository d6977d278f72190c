//go:build !unix

package server_test

import "os"

// makeFIFO makes a folder, since there are no FIFOs: not a regular file either.
func makeFIFO(path string) error { return os.Mkdir(path, 0o700) }
