//go:build !unix

package cli

import "io/fs"

// othersCanWrite returns "": the mode of a file says nothing here.
func othersCanWrite(fs.FileInfo) string { return "" }
