package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// prompts returns the prompts that were sent, in order.
func (r *rig) prompts() []string {
	r.Helper()
	var prompts []string
	for _, body := range r.posts() {
		var sent struct{ Messages []struct{ Content string } }
		if err := json.Unmarshal([]byte(body), &sent); err != nil {
			r.Fatal(err)
		}
		prompts = append(prompts, sent.Messages[len(sent.Messages)-1].Content)
	}
	slices.Sort(prompts)
	return prompts
}

func TestBatchReadsInputsInEveryForm(t *testing.T) {
	for _, test := range []struct {
		prompt, inputs string
		want           []string
	}{
		{"<{{input}}>", `["a","b"]`, []string{"<a>", "<b>"}},
		{"<{{input}}>", `"a"`, []string{"<a>"}},
		{"<{{input}}>", `"[\"a\",\"b\"]"`, []string{"<a>", "<b>"}},
		{"<{{input}}>", `"[1,2]"`, []string{"<[1,2]>"}},
		{"<{{name}}>", `[{"name":"a"},{"name":1.50}]`, []string{"<1.50>", "<a>"}},
		{"<{{name}}>", `["{\"name\":\"a\"}",{"name":"b"}]`, []string{"<a>", "<b>"}},
		{"<{{name}}>", `{"name":"a"}`, []string{"<a>"}},
		{"<{{input.name}}>", `"{\"name\":\"a\"}"`, []string{"<a>"}},
		{"<{{at.city}} {x}>", `"[{\"at\":{\"city\":\"Köln\"}}]"`, []string{"<Köln {x}>"}},
		{"<{{input}}>", `[{"b":1.0,"a":[2]}]`, []string{`<{"b":1.0,"a":[2]}>`}},
	} {
		r := connect(t, setup{})
		r.succeed("batch", `{"prompt":`+quote(t, test.prompt)+`,"inputs":`+test.inputs+`}`, nil)
		if got := r.prompts(); !slices.Equal(got, test.want) {
			t.Errorf("%s: sent %q, want %q", test.inputs, got, test.want)
		}
	}
}

func TestBatchReadsFilesAndLines(t *testing.T) {
	content := map[string]string{
		"a.md": "Alpha\n", "b.md": "Beta", "rows.jsonl": "{\"n\":1}\n\n {\"n\":\"two\"} \r\n{\"n\":3}", "words.jsonl": "\"x y\"\n12\n", "empty.txt": " \n",
		"blank.jsonl": "{\"n\":1}\n{\"n\":\" \"}",
	}
	for _, test := range []struct {
		prompt, files string
		want          []string
		places        string // of the results
		outcomes      string
	}{
		{"<{{input}}>", `"*.md"`, []string{"<Alpha\n>", "<Beta>"}, "a.md:0 b.md:0", "ok"},
		{"<{{n}}>", `["rows.jsonl"]`, []string{"<1>", "<3>", "<two>"}, "rows.jsonl:1 rows.jsonl:3 rows.jsonl:4", "ok"},
		{"<{{input}}>", `["words.jsonl","b.md"]`, []string{"<12>", "<Beta>", "<x y>"}, "words.jsonl:1 words.jsonl:2 b.md:0", "ok"},
		{"{{n}}", `["blank.jsonl"]`, []string{"1"}, "blank.jsonl:1 blank.jsonl:2", "ok invalid_argument"},
		{"<{{input}}>", `["b.md","empty.txt"]`, []string{"<Beta>"}, "b.md:0 empty.txt:0", "ok file_unreadable"},
	} {
		r := withFiles(t, content)
		var got batchAnswer
		answer := r.succeed("batch", `{"prompt":`+quote(t, test.prompt)+`,"files":`+test.files+`}`, &got)
		if sent := r.prompts(); !slices.Equal(sent, test.want) {
			t.Errorf("%s: sent %q, want %q", test.files, sent, test.want)
		}
		var places []string
		for _, r := range got.Results {
			places = append(places, fmt.Sprintf("%s:%d", r.File, r.Line))
		}
		if said := strings.Join(places, " "); said != test.places || got.outcomes() != test.outcomes {
			t.Errorf("%s: the results are of %s, %s", test.files, said, got.outcomes())
		}
		if first, _, _ := strings.Cut(answer.texts[0], "\n"); first != "[0] "+strings.TrimSuffix(places[0], ":0") {
			t.Errorf("the text begins with %q", first)
		}
	}
}

func TestBatchRefusesWhatItCannotAsk(t *testing.T) {
	lines := strings.Repeat("{\"n\":1}\n", 2049)
	r := withFiles(t, map[string]string{
		"a.md": "Alpha", "rows.jsonl": "{\"n\":1}\n{\"m\":1}\n", "broken.jsonl": "{\"n\":1}\n{\"n\":\n", "many.jsonl": lines, "blank.jsonl": "\n\n", "z.png": pngFile(t),
	})
	for _, test := range []struct{ name, arguments, code, says string }{
		{"nothing", `{}`, "invalid_argument", "prompt is missing"},
		{"blank prompt", `{"prompt":" ","inputs":["a"]}`, "invalid_argument", "{{input}}"},
		{"no items", `{"prompt":"{{input}}"}`, "invalid_argument", "inputs and files are both missing"},
		{"both", `{"prompt":"{{input}}","inputs":["a"],"files":["a.md"]}`, "invalid_argument", "both given"},
		{"no reference", `{"prompt":"Hello {input}","inputs":["a"]}`, "invalid_argument", "prompt has no {{input}}"},
		{"unclosed", `{"prompt":"{{input}} {{in","inputs":["a"]}`, "invalid_argument", `prompt: "{{in" is not closed`},
		{"unclosed system", `{"prompt":"{{input}}","system":"{{in","inputs":["a"]}`, "invalid_argument", `system: "{{in" is not closed`},
		{"unknown field", `{"prompt":"{{n}}","inputs":[{"n":1},{"m":1,"k":2}]}`, "invalid_argument", `prompt: inputs[1]: there is no field "n". Hint: its fields are {{k}}, {{m}}`},
		{"unknown field of a line", `{"prompt":"{{n}}","files":["rows.jsonl"]}`, "invalid_argument", `rows.jsonl, line 2: there is no field`},
		{"unknown field of system", `{"prompt":"{{input}}","system":"{{n}}","inputs":["a"]}`, "invalid_argument", `system: inputs[0]: there is no field "n"`},
		{"field of a text", `{"prompt":"{{n}}","inputs":["a"]}`, "invalid_argument", "not a JSON object"},
		{"blank input", `{"prompt":"{{input}}","inputs":["a"," "]}`, "invalid_argument", "inputs[1] is blank"},
		{"empty input", `{"prompt":"{{input}}","inputs":["a",""]}`, "invalid_argument", "inputs[1] is blank"},
		{"a number", `{"prompt":"{{input}}","inputs":["a",7]}`, "invalid_argument", "inputs[1] is of type number"},
		{"too many", `{"prompt":"{{input}}","inputs":` + numbered(t, 2049) + `}`, "invalid_argument", "1 to 2048 are allowed"},
		{"too many lines", `{"prompt":"{{n}}","files":["many.jsonl"]}`, "invalid_argument", "1 to 2048 are allowed"},
		{"broken line", `{"prompt":"{{n}}","files":["broken.jsonl"]}`, "file_unreadable", "broken.jsonl, line 2 is not JSON"},
		{"no lines", `{"prompt":"{{n}}","files":["blank.jsonl"]}`, "file_unreadable", "no items"},
		{"an image", `{"prompt":"{{input}}","files":["*.png"]}`, "invalid_argument", "z.png is an image"},
		{"bad schema", `{"prompt":"{{input}}","inputs":["a"],"schema":{"type":"objekt"}}`, "schema_invalid", "$.type"},
		{"unknown model", `{"prompt":"{{input}}","inputs":["a"],"model":"no-such"}`, "unknown_model", "no-such"},
		{"query that matches nothing", `{"prompt":"{{input}}","inputs":["a"],"model":"llama@latest?input_cost<0"}`, "no_match", "llama"},
		{"another mode", `{"prompt":"{{input}}","inputs":["a"],"mode":"later"}`, "invalid_argument", "now, half_price"},
		{"save_to", `{"prompt":"{{input}}","inputs":["a"],"save_to":"a.jsonl"}`, "path_not_allowed", "--write-dir"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := r.in(t).call("batch", test.arguments)
			if !got.isError || !strings.HasPrefix(got.texts[0], test.code+":") || !strings.Contains(got.texts[0], test.says) {
				t.Errorf("answered %q", got.texts)
			}
		})
	}
	if sent := r.posts(); len(sent) > 0 {
		t.Errorf("a model was asked: %.200s", sent)
	}
}

func TestBatchIsSaved(t *testing.T) {
	for _, name := range []string{"out/all.jsonl", "all.json"} {
		s, folder := saving(t, setup{})
		r := connect(t, s)
		var got batchAnswer
		answer := r.succeed("batch", about+numbered(t, 30)+`,"save_to":"`+name+`"}`, &got)
		written, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(written), "\n"), "\n")
		if strings.HasSuffix(name, ".json") {
			if !json.Valid(written) || lines[0] != "[" {
				t.Errorf("%s begins with %.80s", name, written)
			}
			lines = lines[1 : len(lines)-1]
		}
		for i, line := range lines {
			var one batchResult
			if err := json.Unmarshal([]byte(strings.TrimSuffix(line, ",")), &one); err != nil || one.Index != i || !strings.Contains(one.Content, fmt.Sprintf("item%03d", i)) {
				t.Errorf("line %d is %s (%v)", i, line, err)
			}
		}
		if len(lines) != 30 || got.Results != nil || got.Saved == nil || got.Saved.Bytes != len(written) || got.Done != 30 || len(answer.links) != 1 {
			t.Errorf("%d lines, %+v", len(lines), got)
		}
		if text := strings.Join(answer.texts, "\n"); !strings.HasPrefix(text, "Saved to ") || !strings.Contains(text, "30 of 30 items done") || strings.Contains(text, "item029") {
			t.Errorf("the texts are %q", answer.texts)
		}
	}
}

// What failed stays in the answer, so that nobody has to open the file for it.
func TestASavedBatchNamesItsFailures(t *testing.T) {
	s, _ := saving(t, setup{})
	s.upstream.RequestedFaults = true
	r := connect(t, s)
	var got batchAnswer
	answer := r.succeed("batch", about+`["a","[[fault: 400]]","b"],"save_to":"a.jsonl"}`, &got)
	if got.Saved == nil || len(got.Results) != 1 || got.Results[0].Index != 1 || got.Results[0].code() != "upstream_rejected" || !strings.Contains(answer.texts[0], "[1] failed: upstream_rejected") {
		t.Errorf("got %+v, %q", got, answer.texts)
	}
}

// Nothing that was paid for is lost when it cannot be written.
func TestABatchThatCannotBeSaved(t *testing.T) {
	var folder string
	s, folder := saving(t, setup{wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if request.Method == http.MethodPost {
				_ = os.WriteFile(filepath.Join(folder, "a.jsonl"), []byte("theirs"), 0o600)
			}
			next.ServeHTTP(w, request)
		})
	}})
	r := connect(t, s)
	var got batchAnswer
	answer := r.succeed("batch", about+`["a","b"],"save_to":"a.jsonl"}`, &got)
	if got.Saved != nil || len(got.Results) != 2 || !slices.Equal(got.codes(), []string{"not_saved"}) || !strings.Contains(answer.texts[0], "About b.") {
		t.Errorf("got %+v, %q", got, answer.texts)
	}
}

// Over HTTP nothing of this machine is read or written.
func TestBatchOfRemoteCallers(t *testing.T) {
	r := connect(t, setup{provider: provider.Options{NoLocalFiles: true}})
	for _, arguments := range []string{`{"prompt":"{{input}}","files":["a.md"]}`, `{"prompt":"{{input}}","inputs":["a"],"save_to":"a.jsonl"}`} {
		if got := r.call("batch", arguments).failure(); got.Code != "path_not_allowed" || !strings.Contains(got.Message, "over HTTP") {
			t.Errorf("%s: got %+v", arguments, got)
		}
	}
	r.succeed("batch", `{"prompt":"{{input}}","inputs":["a"]}`, nil)
}
