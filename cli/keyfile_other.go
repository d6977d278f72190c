//go:build !unix

package cli

import "io/fs"

// othersCanWrite returns "": the mode of a file says nothing here.
func othersCanWrite(fs.FileInfo) string { return "" }

// keepOwner does nothing: a new file has the owner of its folder.
func keepOwner(string, fs.FileInfo) {}
