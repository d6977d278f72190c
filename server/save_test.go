package server_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// saved is where a result says that it is.
type saved struct {
	Path    string `json:"path"`
	Bytes   int    `json:"bytes"`
	Preview string `json:"preview"`
}

// saving returns a setup with a folder for files, and the folder.
func saving(t testing.TB, s setup) (setup, string) {
	folder := t.TempDir()
	s.provider.WriteDir = folder
	return s, folder
}

// filesIn returns the names of all that is below a folder, in order.
func filesIn(t testing.TB, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if within, _ := filepath.Rel(folder, path); within != "." {
			names = append(names, filepath.ToSlash(within))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAChatIsSaved(t *testing.T) {
	s, folder := saving(t, setup{})
	r := connect(t, s)
	prompt := strings.Repeat("naïve café ", 60)
	var plain chatAnswer
	r.succeed("chat", `{"model":"gpt-oss-20b","prompt":"`+prompt+`"}`, &plain)

	answer, err := r.tryCall(t.Context(), "chat", `{"model":"gpt-oss-20b","prompt":"`+prompt+`","save_to":"notes/a b.md"}`, "t")
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		chatAnswer
		Saved saved `json:"saved"`
	}
	answer.decode(&got)
	path := filepath.Join(folder, "notes", "a b.md")
	written, err := os.ReadFile(path)
	if err != nil || string(written) != plain.Content {
		t.Fatalf("the file has %q (%v), want %q", written, err, plain.Content)
	}
	if got.Content != "" || got.FinishReason != "stop" || got.Usage == nil || len(got.Warnings) > 0 {
		t.Errorf("got %+v", got.chatAnswer)
	}
	if got.Saved.Path != path || got.Saved.Bytes != len(written) {
		t.Errorf("saved is %+v", got.Saved)
	}
	preview, cut := strings.CutSuffix(got.Saved.Preview, "…")
	if !cut || utf8.RuneCountInString(preview) != 300 || !strings.HasPrefix(plain.Content, preview) {
		t.Errorf("the preview is %q", got.Saved.Preview)
	}
	if want := fmt.Sprintf("Saved to %s (%d bytes).\n\n%s", path, len(written), got.Saved.Preview); !slices.Equal(answer.texts, []string{want}) {
		t.Errorf("the texts are %q", answer.texts)
	}
	if len(answer.links) != 1 {
		t.Fatalf("the links are %v", answer.links)
	}
	link := answer.links[0]
	u, err := url.Parse(link.URI)
	if err != nil || u.Scheme != "file" || !strings.HasSuffix(link.URI, "/notes/a%20b.md") || link.Name != "a b.md" || link.MIMEType != "text/markdown" {
		t.Errorf("the link is %+v", link)
	}
	if said := spoken(t, r.of("t")); said != plain.Content {
		t.Errorf("the progress is %q", said)
	}
}

func TestWhereAResultIsSavedIsCheckedBeforeAnythingIsSent(t *testing.T) {
	s, folder := saving(t, setup{})
	if err := os.WriteFile(filepath.Join(folder, "report.md"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r, none := connect(t, s), connect(t, setup{})
	for _, test := range []struct {
		tool, saveTo string
		code, says   string
		without      bool // without --write-dir
	}{
		{tool: "chat", saveTo: "report.md", code: "invalid_argument", says: "report-2.md"},
		{tool: "chat", saveTo: "notes/", code: "invalid_argument", says: "folder"},
		{tool: "chat", saveTo: "a\x00b", code: "invalid_argument", says: "control character"},
		{tool: "chat", saveTo: strings.Repeat("n", 300), code: "invalid_argument", says: "too long"},
		{tool: "chat", saveTo: "report.md/a.md", code: "invalid_argument", says: "is a file"},
		{tool: "chat", saveTo: "../a.md", code: "path_not_allowed", says: "--write-dir"},
		{tool: "embed", saveTo: filepath.Join(filepath.Dir(folder), "a.npy"), code: "path_not_allowed", says: "--write-dir"},
		{tool: "embed", saveTo: "a.md", code: "invalid_argument", says: ".npy or .jsonl"},
		{tool: "chat", saveTo: "a.md", code: "path_not_allowed", says: "start the server with --write-dir DIR", without: true},
		{tool: "embed", saveTo: "a.npy", code: "path_not_allowed", says: "start the server with --write-dir DIR", without: true},
	} {
		t.Run(test.tool+" "+test.saveTo, func(t *testing.T) {
			r := r.in(t)
			if test.without {
				r = none.in(t)
			}
			arguments := map[string]any{"save_to": test.saveTo, "prompt": "hi"}
			if test.tool == "embed" {
				arguments = map[string]any{"save_to": test.saveTo, "input": "hi"}
			}
			got := r.call(test.tool, quote(t, arguments)).failure()
			if got.Code != test.code || !strings.Contains(got.Message, "save_to: ") || !strings.Contains(got.Message+got.Hint, test.says) {
				t.Errorf("got %+v", got)
			}
		})
	}
	if posts := slices.Concat(r.posts(), none.posts()); len(posts) > 0 {
		t.Errorf("sent: %s", posts)
	}
	if got := filesIn(t, folder); !slices.Equal(got, []string{"report.md"}) {
		t.Errorf("there are %v", got)
	}
}

// What is not saved is in the answer, and the warning says why; what is cut is saved.
func TestWhatIsSavedOfAnOddAnswer(t *testing.T) {
	for _, test := range []struct {
		name      string
		arguments string
		fault     emulator.Fault
		content   string // of the file
		warnings  []string
		says      string // why nothing was saved
	}{
		{name: "tool calls", arguments: `,"tool_choice":"required","tools":[` + weatherTool + `]`, warnings: []string{"not_saved"}, says: "called tools"},
		{name: "empty", fault: emulator.Fault{RawEvents: []string{done}}, warnings: []string{"empty_response", "not_saved", "usage_missing"}, says: "no text"},
		{name: "reasoning only", fault: emulator.Fault{RawEvents: []string{thought, stopped, used, done}}, warnings: []string{"not_saved", "reasoning_only"}, says: "no text"},
		{name: "cut", arguments: `,"max_tokens":6,"reasoning_effort":"none"`, content: "[emulator] gpt-oss-20b would", warnings: []string{"truncated"}},
		{name: "deadline", fault: emulator.Fault{RawEvents: []string{piece("Half an")}, Hang: true}, content: "Half an", warnings: []string{"deadline", "usage_missing"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, folder := saving(t, setup{inMemory: true, provider: provider.Options{Timeout: time.Minute}})
				r := connect(t, s)
				if test.fault.RawEvents != nil {
					test.fault.Times = -1
					r.Script(test.fault)
				}
				var got struct {
					chatAnswer
					Saved *saved `json:"saved"`
				}
				result := r.succeed("chat", `{"prompt":"hi","model":"gpt-oss-20b","save_to":"a/b.txt"`+test.arguments+`}`, &got)
				if slices.Sort(test.warnings); !slices.Equal(slices.Sorted(slices.Values(got.codes())), test.warnings) {
					t.Errorf("the warnings are %v, want %v", got.codes(), test.warnings)
				}
				if test.content == "" {
					if got.Saved != nil || len(result.links) > 0 || len(filesIn(t, folder)) > 0 || !strings.Contains(strings.Join(result.texts, "\n"), test.says) {
						t.Errorf("got %+v, files %v, texts %q", got.Saved, filesIn(t, folder), result.texts)
					}
					return
				}
				written, err := os.ReadFile(filepath.Join(folder, "a", "b.txt"))
				if err != nil || !strings.HasPrefix(string(written), test.content) || got.Content != "" || len(result.links) != 1 {
					t.Errorf("the file has %q (%v), the answer %q", written, err, got.Content)
				}
			})
		})
	}
}

// Nothing that was paid for is lost when the file's name is taken meanwhile.
func TestANameThatIsTakenMeanwhile(t *testing.T) {
	var folder string
	s, folder := saving(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if request.Method == http.MethodPost {
				for _, name := range []string{"a.md", "a.npy"} {
					_ = os.WriteFile(filepath.Join(folder, name), []byte("theirs"), 0o600)
				}
			}
			next.ServeHTTP(w, request)
		})
	}})
	r := connect(t, s)
	var answer chatAnswer
	r.succeed("chat", `{"prompt":"hi","save_to":"a.md"}`, &answer)
	if !slices.Equal(answer.codes(), []string{"not_saved"}) || !strings.Contains(answer.Content, "emulator") {
		t.Errorf("got %+v", answer)
	}
	for _, name := range []string{"a.md", "a.npy"} {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	var vectors embedAnswer
	r.succeed("embed", `{"input":["a","b"],"query":"c","save_to":"a.npy"}`, &vectors)
	if !slices.Equal(vectors.codes(), []string{"not_saved"}) || len(vectors.vectors(t)) != 2 || len(vectors.Ranking) != 2 {
		t.Errorf("got %d vectors, warnings %v", len(vectors.Embeddings), vectors.codes())
	}
	for _, name := range []string{"a.md", "a.npy"} {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(content) != "theirs" {
			t.Errorf("%s has %q (%v)", name, content, err)
		}
	}
	if got := filesIn(t, folder); len(got) != 2 {
		t.Errorf("there are %v", got)
	}
}

func TestTwoCallsToOneName(t *testing.T) {
	s, folder := saving(t, setup{upstream: emulator.Options{TokenDelay: time.Millisecond}})
	r := connect(t, s)
	answers := make([]chatAnswer, 4)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { r.succeed("chat", `{"prompt":"hi","save_to":"a.md"}`, &answers[i]) })
	}
	group.Wait()
	whole := 0
	for _, answer := range answers {
		if answer.Content == "" {
			whole++
		} else if !slices.Equal(answer.codes(), []string{"not_saved"}) {
			t.Errorf("got %+v", answer)
		}
	}
	if got := filesIn(t, folder); whole != 1 || !slices.Equal(got, []string{"a.md"}) {
		t.Errorf("%d were saved; there are %v", whole, got)
	}
}
