package provider

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzEmbedBody checks that an answer is read as encoding/json reads it.
func FuzzEmbedBody(f *testing.F) {
	for _, seed := range []string{
		`{"model":"m","data":[{"index":0,"embedding":"AACAPw=="}],"usage":{"prompt_tokens":1,"total_tokens":1}}`,
		`{"Model":"m","DATA":null,"data":[1],"usage":null}`, `{"d\u0061ta":[1],"model":5}`, `{"model":{},"usage":[]}`,
		`[]`, `null`, `"x"`, ` {"data":[]} `, `{"data":`, `{}`, `{"data":"a\"b","model":"\\"}`, `{"usage":{"prompt_tokens":"x"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, want embedBody
		errGot, errWant := got.read(data), json.Unmarshal(data, &want)
		if (errGot == nil) != (errWant == nil) {
			t.Fatalf("got %v, want %v", errGot, errWant)
		}
		if diff := cmp.Diff(want, got); errWant == nil && diff != "" {
			t.Error(diff)
		}
	})
}
