//go:build unix

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// block is a fenced block of a document.
type block struct {
	document, language, text string
	line                     int
}

// Every block of the documents is executed, loaded or compared with what it shows. A
// language or a program that the tests do not know fails them, so that none is left
// unchecked.
func TestBlocksOfDocuments(t *testing.T) {
	for document, text := range readDocuments(t) {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			sh := newShell(t)
			for _, b := range blocksOf(t, document, text) {
				switch b.language {
				case "sh":
					sh.run(t, b)
				case "json", "yaml", "toml":
					checkConfig(t, b)
				case "python", "ts":
					checkExcerpt(t, b)
				case "mermaid":
					checkDiagram(t, b)
				case "":
					checkUntagged(t, sh, b)
				default:
					t.Errorf("%s:%d: nothing checks blocks of the language %q", b.document, b.line, b.language)
				}
			}
			checkProse(t, document, text)
		})
	}
}

// readDocuments returns the documents for people, by their path in the repository.
func readDocuments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".cache", "bin", "testdata", "node_modules"}, entry.Name()) {
			return fs.SkipDir
		}
		if !entry.IsDir() && filepath.Ext(path) == ".md" {
			text, err := os.ReadFile(path)
			found[strings.TrimPrefix(path, "../")] = string(text)
			return err
		}
		return nil
	})
	if err != nil || found["README.md"] == "" {
		t.Fatalf("no README.md, error %v", err)
	}
	return found
}

func blocksOf(t *testing.T, document, text string) (blocks []block) {
	t.Helper()
	var open *block
	for i, line := range strings.Split(text, "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			blocks = append(blocks, block{document: document, language: fence, line: i + 1})
			open = &blocks[len(blocks)-1]
		case isFence:
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Errorf("%s:%d: the block has no end", document, open.line)
	}
	return blocks
}

// Code in a document is from an example, which runs: each paragraph is in the same file.
func checkExcerpt(t *testing.T, b block) {
	t.Helper()
	extension := map[string]string{"python": ".py", "ts": ".ts"}[b.language]
	found := false
	err := filepath.WalkDir("../examples", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != extension {
			return err
		}
		code, err := os.ReadFile(path)
		isMissing := func(paragraph string) bool { return !strings.Contains(trimLines(string(code)), trimLines(paragraph)) }
		found = found || !slices.ContainsFunc(strings.Split(b.text, "\n\n"), isMissing)
		return err
	})
	if err != nil || !found {
		t.Errorf("%s:%d: the code is in no file of examples, error %v", b.document, b.line, err)
	}
}

// trimLines leaves indentation out, which an excerpt may lose.
func trimLines(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(text)) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// The nodes of a diagram name packages that exist.
func checkDiagram(t *testing.T, b block) {
	t.Helper()
	nodes := regexp.MustCompile(`\["([\w./]+)(?:<br>[^"]*)?"\]`).FindAllStringSubmatch(b.text, -1)
	for _, node := range nodes {
		_, err := os.Stat(filepath.Join("..", node[1]))
		_, leafErr := os.Stat(filepath.Join("../provider", node[1]))
		if err != nil && leafErr != nil {
			t.Errorf("%s:%d: the node %s is no package", b.document, b.line, node[1])
		}
	}
	if nodes == nil {
		t.Errorf("%s:%d: the diagram has no nodes", b.document, b.line)
	}
}

// checkUntagged checks a block without a language by what it shows.
func checkUntagged(t *testing.T, sh *shell, b block) {
	t.Helper()
	first, _, _ := strings.Cut(b.text, " ")
	switch {
	case foreignPrograms()[first] != nil:
		sh.run(t, b)
	case strings.HasPrefix(b.text, "base-url "):
		address := strings.TrimPrefix(sh.emulator.baseURL, "http://")
		got := "base-url " + sh.emulator.baseURL + "\ncatalog-url " + sh.emulator.catalogURL + "\n"
		host, _, _ := strings.Cut(address, "/")
		if want := strings.ReplaceAll(b.text, documentedEmulator, host); got != want {
			t.Errorf("%s:%d: the emulator prints\n%s", b.document, b.line, got)
		}
	case strings.HasPrefix(b.text, "tag@ranker"):
		for _, query := range strings.Fields(b.text)[1:] {
			sh.run(t, block{document: b.document, line: b.line, text: "ai-endpoints-mcp resolve '" + query + "'\n"})
		}
	case strings.Contains(b.text, "/path/ai-endpoints-mcp") || strings.Contains(b.text, "URL/mcp"):
		// A host's config, which make clients writes here when it has worked.
	default:
		t.Errorf("%s:%d: nothing checks this block; tell its language", b.document, b.line)
	}
}

// Commands within the text name targets of make, and flags and commands that exist.
func checkProse(t *testing.T, document, text string) {
	t.Helper()
	if document == "CHANGELOG.md" {
		return // what once was
	}
	for _, found := range regexp.MustCompile("`make ([a-z-]+)").FindAllStringSubmatch(text, -1) {
		checkTarget(t, found[1])
	}
	for _, found := range regexp.MustCompile("`(?:bin/)?ai-endpoints-mcp ([^`]+)`").FindAllStringSubmatch(text, -1) {
		if words := strings.Fields(found[1]); !strings.Contains(found[1], "…") {
			checkArguments(t, words)
		}
	}
}
