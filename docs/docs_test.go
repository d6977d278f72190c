// Package docs holds what is too long for the README. Its test keeps the
// documents from naming files that were moved.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestDocumentsNameWhatExists(t *testing.T) {
	documents, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Glob("*.md")
	if err != nil || len(here) == 0 {
		t.Fatalf("documents %v, error %v", here, err)
	}
	link := regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	path := regexp.MustCompile("`((?:cli|deploy|docs|e2e|examples|provider|resources|server|testdata|tools|\\.ci|\\.github)/[\\w./-]*)`")
	method := regexp.MustCompile(`^(tools|resources)/[a-z]+$`) // of MCP
	for _, document := range append(documents, here...) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(found[1], ":") { // a URL
				checkExists(t, document, filepath.Join(filepath.Dir(document), found[1]))
			}
		}
		for _, found := range path.FindAllStringSubmatch(string(text), -1) {
			forTheReader := strings.Contains(found[1], "NAME") || found[1] == "deploy/tokens"
			if !forTheReader && !method.MatchString(found[1]) {
				checkExists(t, document, filepath.Join("..", found[1]))
			}
		}
	}
}

func checkExists(t *testing.T, document, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s names %s, which does not exist", document, strings.TrimPrefix(path, "../"))
	}
}
