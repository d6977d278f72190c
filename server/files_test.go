package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// library makes a folder of files for tests; a name maps to its content.
func library(t testing.TB, content map[string]string) string {
	t.Helper()
	base := t.TempDir()
	for name, text := range content {
		path := filepath.Join(base, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return base
}

// pngFile returns a file with an image.
func pngFile(t testing.TB) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(onePixel, "data:image/png;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func withFiles(t testing.TB, content map[string]string) *rig {
	t.Helper()
	return connect(t, setup{provider: provider.Options{AllowDirs: []string{library(t, content)}, VectorFolder: t.TempDir()}})
}

var notes3 = map[string]string{
	"notes/a.md": "Alpha is first.\n", "notes/deep/b.md": "Beta is second.\n", "notes/c.csv": "name,value\ngamma,3\n",
	"notes/empty.md": "", "notes/latin.txt": "",
}

func TestChatReadsFilesBeforeThePrompt(t *testing.T) {
	r := withFiles(t, notes3)
	for _, tt := range []struct{ files, want string }{
		{`"notes/a.md"`, "<file name=\"notes/a.md\">\nAlpha is first.\n</file>\n\nWhich is first?"},
		{`["notes/**/*.md","notes/a.md","notes/c.csv"]`, "<file name=\"notes/a.md\">\nAlpha is first.\n</file>\n\n" +
			"<file name=\"notes/deep/b.md\">\nBeta is second.\n</file>\n\n<file name=\"notes/empty.md\">\n\n</file>\n\n" +
			"<file name=\"notes/c.csv\">\nname,value\ngamma,3\n</file>\n\nWhich is first?"},
	} {
		r.succeed("chat", `{"prompt":"Which is first?","files":`+tt.files+`}`, nil)
		var sent struct {
			Messages []struct{ Role, Content string }
		}
		r.lastPost(&sent)
		if len(sent.Messages) != 1 || sent.Messages[0].Content != tt.want {
			t.Errorf("%s: sent %q", tt.files, sent.Messages)
		}
	}
}

func TestFilesGoBeforeWhatTheUserSaidLast(t *testing.T) {
	r := withFiles(t, notes3)
	r.succeed("chat", `{"files":["notes/a.md"],"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},
		{"role":"user","content":[{"type":"text","text":"Which?"}]}]}`, nil)
	var sent struct {
		Messages []struct {
			Role    string
			Content json.RawMessage
		}
	}
	r.lastPost(&sent)
	if got := string(sent.Messages[0].Content); got != `"Hi"` {
		t.Errorf("the first message is %s", got)
	}
	if got := string(sent.Messages[2].Content); !strings.Contains(got, "Alpha is first") || !strings.HasSuffix(got, `{"type":"text","text":"Which?"}]`) {
		t.Errorf("the last message is %s", got)
	}
}

func TestAnImageAmongTheFilesIsSeen(t *testing.T) {
	r := withFiles(t, map[string]string{"a.md": "Alpha", "b.png": pngFile(t)})
	for _, call := range []struct{ tool, arguments string }{
		{"chat", `{"prompt":"What is it?","files":["*"]}`},
		{"structured-extract", `{"files":["*"],"schema":{"type":"object","properties":{"what":{"type":"string"}},"required":["what"]}}`},
	} {
		r.succeed(call.tool, call.arguments, nil)
		sent := r.posts()[len(r.posts())-1]
		text, image := strings.Index(sent, "Alpha"), strings.Index(sent, `data:image/png;base64,`)
		if name := strings.Index(sent, `b.png`); text < 0 || name < text || image < name {
			t.Errorf("%s: text at %d, name at %d, image at %d of %s", call.tool, text, name, image, sent)
		}
	}
}

func TestExtractReadsFiles(t *testing.T) {
	r := withFiles(t, notes3)
	r.succeed("structured-extract", `{"files":"notes/a.md","text":"And this.","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}`, nil)
	if sent := r.posts()[0]; !strings.Contains(sent, `Alpha is first.\n\u003c/file\u003e\n\nAnd this.`) {
		t.Errorf("sent %s", sent)
	}
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	content := map[string]string{"a.md": "Alpha", "many.txt": strings.Repeat("many words ", 200_000), "x.zip": "PK\x03\x04\x14\x00\x00\x00\x08\x00", "b/c.md": "C",
		"y.bin": "\x00\x01\x02\x03\x04", "z.png": pngFile(t)}
	r := withFiles(t, content)
	for _, tt := range []struct{ name, tool, arguments, code, says string }{
		{"no match", "chat", `{"prompt":"x","files":["*.txt","*.rst"]}`, "file_unreadable", `files[1]: no file below the allowed folders matches "*.rst"`},
		{"missing", "chat", `{"prompt":"x","files":["b.md"]}`, "file_unreadable", `files[0]: there is no file "b.md"`},
		{"outside", "chat", `{"prompt":"x","files":["../a.md"]}`, "path_not_allowed", "files[0]"},
		{"outside by a pattern", "embed", `{"files":["/etc/**"]}`, "path_not_allowed", "files[0]"},
		{"a folder", "structured-extract", `{"files":["b"],"schema":{"type":"object","properties":{"a":{}},"required":["a"]}}`, "path_not_allowed", "docs/**"},
		{"malformed", "chat", `{"prompt":"x","files":["[a"]}`, "invalid_argument", "files[0]"},
		{"malformed pattern", "chat", `{"prompt":"x","files":["*[a"]}`, "invalid_argument", "malformed"},
		{"blank", "chat", `{"prompt":"x","files":["a.md"," "]}`, "invalid_argument", "files[1] is blank"},
		{"binary", "chat", `{"prompt":"x","files":["**"]}`, "file_unreadable", "x.zip"},
		{"binary by name", "embed", `{"query":"x","files":["y.bin"]}`, "file_unreadable", "y.bin"},
		{"an image to embed", "embed", `{"query":"x","files":["a.md","z.png"]}`, "invalid_argument", "z.png is an image"},
		{"too long", "chat", `{"prompt":"x","files":["many.txt"],"model":"Meta-Llama-3_3-70B-Instruct"}`, "context_too_long", "1 file and the rest have about 550000 tokens"},
		{"too many vectors", "embed", `{"files":["many.txt"]}`, "invalid_argument", "passages there would be"},
		{"no prompt", "chat", `{"files":["a.md"]}`, "invalid_argument", "prompt and messages are both missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := r.in(t).call(tt.tool, tt.arguments)
			if !got.isError || !strings.HasPrefix(got.texts[0], tt.code+":") || !strings.Contains(got.texts[0], tt.says) || !strings.Contains(got.texts[0], "Hint:") {
				t.Errorf("answered %q", got.texts)
			}
		})
	}
	if sent := r.posts(); len(sent) > 0 {
		t.Errorf("a model was asked: %.200s", sent)
	}
	got := connect(t, setup{}).call("chat", `{"prompt":"x","files":["a.md"]}`)
	if !strings.Contains(got.texts[0], "path_not_allowed: files: no folder is allowed") || !strings.Contains(got.texts[0], "--allow-dir") {
		t.Errorf("without a folder: %q", got.texts)
	}
}

func TestTooManyFiles(t *testing.T) {
	content := map[string]string{}
	for i := range 10_001 {
		content[fmt.Sprintf("f%05d.md", i)] = "x"
	}
	r := withFiles(t, content)
	for _, arguments := range []string{`{"prompt":"x","files":["*"]}`, `{"prompt":"x","files":["f0*","f1*"]}`} {
		if got := r.call("chat", arguments); !strings.HasPrefix(got.texts[0], "invalid_argument:") || !strings.Contains(got.texts[0], "10000") && !strings.Contains(got.texts[0], "10001") {
			t.Errorf("%s: %q", arguments, got.texts)
		}
	}
}

// sentInputs returns how many texts went out in each request after the first ones, sorted.
func (r *rig) sentInputs(first int) (counts []int) {
	for _, post := range r.posts()[first:] {
		var sent struct{ Input []string }
		if err := json.Unmarshal([]byte(post), &sent); err != nil {
			r.Fatal(err)
		}
		counts = append(counts, len(sent.Input))
	}
	slices.Sort(counts)
	return counts
}

func TestASecondSearchAsksForItsQueryOnly(t *testing.T) {
	content := map[string]string{}
	for i := range 60 {
		content[fmt.Sprintf("f%02d.md", i)] = fmt.Sprintf("# File %d\n\nIt is about the number %d and nothing else.\n", i, i)
	}
	content["cats.md"] = "# Animals\n\nDogs bark.\n\nCats purr when they are content.\n"
	r := withFiles(t, content)
	const search = `{"files":["*.md"],"query":"why cats purr"}`
	var first, second embedAnswer
	r.succeed("embed", search, &first)
	if got := r.sentInputs(0); !slices.Equal(got, []int{12, 25, 25}) {
		t.Errorf("the first search sent %v", got)
	}
	result := r.succeed("embed", search, &second)
	if got := r.sentInputs(3); !slices.Equal(got, []int{1}) {
		t.Errorf("the second search sent %v", got)
	}
	best := second.Ranking[0]
	if best.File != "cats.md" || best.LineStart != 1 || best.LineEnd != 5 || !strings.Contains(best.Text, "Cats purr") {
		t.Errorf("the best is %+v", best)
	}
	if first.Count != 61 || second.Count != 61 || len(second.Ranking) != 10 || second.Dimensions != 1024 || second.Embeddings != nil {
		t.Errorf("%d and %d texts, %d ranked, %d dimensions", first.Count, second.Count, len(second.Ranking), second.Dimensions)
	}
	for i := range second.Ranking {
		if first.Ranking[i] != second.Ranking[i] {
			t.Errorf("place %d: %+v, then %+v", i, first.Ranking[i], second.Ranking[i])
		}
	}
	if !strings.Contains(result.texts[0], "cats.md:1-5") {
		t.Errorf("the text has no place: %s", result.texts[0])
	}
	if second.Usage == nil || second.Usage.PromptTokens > 20 {
		t.Errorf("the second search used %+v", second.Usage)
	}
}

func TestVectorsOfFilesNameTheirLines(t *testing.T) {
	r := withFiles(t, notes3)
	for range 2 { // the second time they come from the disk
		var got embedAnswer
		r.succeed("embed", `{"input":["Zero"],"files":["notes/**/*.md"],"output":"base64","query":"alpha","top_k":2}`, &got)
		vectors := got.vectors(t)
		if len(vectors) != 3 || got.Ranking[0].File != "notes/a.md" || got.Embeddings[1].File != "notes/a.md" || got.Embeddings[1].LineStart != 1 || got.Embeddings[0].File != "" {
			t.Errorf("%d vectors, %+v", len(vectors), got.Ranking)
		}
		var alone embedAnswer
		r.succeed("embed", `{"input":["Zero","Alpha is first."]}`, &alone)
		if want := alone.vectors(t); !slices.Equal(want[0], vectors[0]) || !slices.Equal(want[1], vectors[1]) {
			t.Error("other vectors than those of the texts alone")
		}
	}
}

func TestOtherEncodingsAreReadAndSaid(t *testing.T) {
	r := withFiles(t, map[string]string{
		"utf16.txt": "\xff\xfeH\x00i\x00", "plain.txt": "Plain", "utf8.txt": "\xef\xbb\xbfMarked",
		"doc.pdf": "%PDF-1.7\n1 0 obj\n", "book.docx": "PK\x03\x04\x14\x00\x06\x00",
	})
	var got struct{ common }
	r.succeed("chat", `{"prompt":"x","files":["*.txt"]}`, &got)
	var sent struct {
		Messages []struct{ Content string }
	}
	r.lastPost(&sent)
	want := "<file name=\"plain.txt\">\nPlain\n</file>\n\n<file name=\"utf16.txt\">\nHi\n</file>\n\n<file name=\"utf8.txt\">\nMarked\n</file>\n\nx"
	if sent.Messages[0].Content != want {
		t.Errorf("sent %q", sent.Messages[0].Content)
	}
	if len(got.Warnings) != 1 || got.Warnings[0].Code != "argument_adapted" || !strings.Contains(got.Warnings[0].Message, "utf16.txt (UTF-16LE)") {
		t.Errorf("warnings are %+v", got.Warnings)
	}
	failed := r.call("chat", `{"prompt":"x","files":["*"]}`)
	for _, says := range []string{"file_unreadable: files: book.docx", "doc.pdf", "pandoc"} {
		if !strings.Contains(failed.texts[0], says) {
			t.Errorf("the error lacks %q: %s", says, failed.texts[0])
		}
	}
}
