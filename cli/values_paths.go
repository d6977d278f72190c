package cli

import (
	"path/filepath"
	"slices"
)

func filePath(field *string) *value {
	v := freeText(field, "")
	v.isPath = true
	return v
}

// paths takes a path a flag; a variable holds several as PATH does.
func paths(field *[]string) *value {
	return &value{kind: "strings", isList: true, isPath: true, allowed: "give a folder", separated: splitPaths, set: func(s string) bool {
		*field = append(*field, s)
		return s != ""
	}}
}

// splitPaths splits as PATH is, where a separator too many is common.
func splitPaths(s string) []string {
	return slices.DeleteFunc(filepath.SplitList(s), func(path string) bool { return path == "" })
}
