package cli

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What files hold that people have: texts of several systems, and pictures.
func TestArgumentsFromFiles(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	const picture = "\x89PNG\r\n\x1a\n\x00\xff"
	for name, content := range map[string]string{
		"plain": "hi\n", "windows": "hi\r\n", "two": "hi\n\n", "blank": "", "marked": "\xef\xbb\xbfhi",
		"utf16le": "\xff\xfeh\x00i\x00\r\x00\n\x00", "utf16be": "\xfe\xff\x00h\x00i", "latin1": "caf\xe9", "picture": picture,
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ key, file, want string }{
		{"prompt", "plain", "hi"}, {"prompt", "windows", "hi"}, {"prompt", "two", "hi\n"}, {"prompt", "blank", ""}, {"prompt", "marked", "hi"},
		{"prompt", "utf16le", "hi"}, {"prompt", "utf16be", "hi"},
		{"image", "picture", base64.StdEncoding.EncodeToString([]byte(picture))},
		{"images", "picture", base64.StdEncoding.EncodeToString([]byte(picture))},
		{"prompt", "latin1", "error"}, {"prompt", "picture", "error"}, {"prompt", "missing", "error"},
	} {
		for _, path := range []string{filepath.Join(home, test.file), "~/" + test.file} {
			r := argumentReader{tool: "chat", in: strings.NewReader("")}
			raw, err := r.read(t.Context(), []string{test.key + "=@" + path})
			var got map[string]string
			if err == nil {
				err = json.Unmarshal(raw, &got)
			}
			switch {
			case test.want == "error" && err == nil:
				t.Errorf("%s=@%s: no error, but %q", test.key, test.file, got)
			case test.want != "error" && (err != nil || got[test.key] != test.want):
				t.Errorf("%s=@%s: %q, want %q; error %v", test.key, test.file, got[test.key], test.want, err)
			}
		}
	}
}

func TestArgumentsFromStdin(t *testing.T) {
	for _, value := range []string{"-", "@-"} {
		r := argumentReader{tool: "chat", in: strings.NewReader("hi\n")}
		if raw, err := r.read(t.Context(), []string{"prompt=" + value}); err != nil || string(raw) != `{"prompt":"hi"}` {
			t.Errorf("prompt=%s is %s, error %v", value, raw, err)
		}
	}
	r := argumentReader{tool: "embed", in: strings.NewReader(`["a","b"]`)}
	if raw, err := r.read(t.Context(), []string{"input:=-"}); err != nil || string(raw) != `{"input":["a","b"]}` {
		t.Errorf("input:=- is %s, error %v", raw, err)
	}
	r = argumentReader{tool: "chat", in: strings.NewReader(strings.Repeat("x", maxInput+1))}
	if _, err := r.read(t.Context(), []string{"prompt=-"}); err == nil || !strings.Contains(err.Error(), "64 MiB") {
		t.Errorf("too much input: error %v", err)
	}
}

// A model that writes nothing but blanks, piece by piece, costs no more than its length.
func TestBlanksBeforeAnAnswer(t *testing.T) {
	var out strings.Builder
	p := answerPrinter{out: &out, status: newStatusLine(&strings.Builder{})}
	for range 2_000_000 {
		p.add(" \n")
	}
	if out.Len() > 0 {
		t.Error("blanks were printed")
	}
	p.add("hi")
	if out.Len() != 4_000_002 {
		t.Errorf("%d bytes are printed", out.Len())
	}
}

// Each line that is piped in, or of a file, is an item of a batch.
func TestArgumentsOfABatchAreLines(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"lines", "one\n\n two \r\nthree", `["one","two","three"]`},
		{"one line", "one\n", `["one"]`},
		{"JSON Lines", "{\"a\":1}\n{\"a\":2}\n", `["{\"a\":1}","{\"a\":2}"]`},
		{"a JSON list", "[\"a\",\n\"b\"]", `"[\"a\",\n\"b\"]"`},
		{"a JSON object", "{\n\"a\":1}", `"{\n\"a\":1}"`},
		{"nothing", " \n", `""`},
	} {
		r := argumentReader{tool: "batch", in: strings.NewReader(test.in)}
		raw, err := r.read(t.Context(), []string{"prompt={{input}}", "inputs=-"})
		if want := `{"inputs":` + test.want + `,"prompt":"{{input}}"}`; err != nil || string(raw) != want {
			t.Errorf("%s: got %s (%v), want %s", test.name, raw, err, want)
		}
	}
}
