package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestVersionsOfPython(t *testing.T) {
	canonical := regexp.MustCompile(`^\d+\.\d+\.\d+((a|b|rc)\d+)?(\.dev\d+)?(\+[a-z0-9]+(\.[a-z0-9]+)*)?$`)
	for version, want := range map[string]string{
		"1.2.3":                       "1.2.3",
		"0.1.0-rc.1":                  "0.1.0rc1",
		"0.1.0-rc1":                   "0.1.0rc1",
		"0.1.0-alpha.2":               "0.1.0a2",
		"0.1.0-beta.10":               "0.1.0b10",
		"0.1.0-dev.5+g1a2b3c4":        "0.1.0.dev5+g1a2b3c4",
		"0.1.0-dev.5.g1a2b3c4":        "0.1.0.dev5+g1a2b3c4",
		"0.0.1-snapshot.g1a2b3c4":     "0.0.1.dev0+snapshot.g1a2b3c4",
		"0.0.1-SNAPSHOT-1a2b3c4":      "0.0.1.dev0+snapshot.1a2b3c4",
		"1.2.3+build.7":               "1.2.3+build.7",
		"1.2.3+build-7":               "1.2.3+build.7",
		"0.1.0-rc.1-2-g1a2b3c4+dirty": "0.1.0.dev0+rc.1.2.g1a2b3c4.dirty",
	} {
		if got := pythonVersion(version); got != want || !canonical.MatchString(got) {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
}

func TestADistWithoutAVersionIsRefused(t *testing.T) {
	for _, metadata := range []string{`{}`, `{"version": "7cbc363"}`, `{"version": "v1.2.3"}`, `{"version": "1.2"}`, `[]`} {
		folder := t.TempDir()
		writeTest(t, folder, "metadata.json", metadata)
		if version, err := builtVersion(folder); err == nil {
			t.Errorf("%s: version %q", metadata, version)
		}
	}
}

// A host that reads the repository would get another version than the release's.
func TestAReleaseOfAnotherVersionIsRefused(t *testing.T) {
	folder := t.TempDir()
	writeTest(t, folder, "server.json", text(t, "server.json"))
	writeTest(t, folder, "dist/metadata.json", `{"version": "9.9.9"}`)
	if err := buildAll(folder, filepath.Join(folder, "dist")); err == nil || !strings.Contains(err.Error(), "the release is 9.9.9") {
		t.Error(err)
	}
}
