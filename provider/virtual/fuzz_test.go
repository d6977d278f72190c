package virtual_test

import (
	"reflect"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "@", "?", "mistral", "@latest", "mistral@", "code_chat@latest", "NVIDIA Riva@latest",
		"mistral@latest?context_size > 100000", "llama@biggest?input_cost<0.5", "meta-llama@latest?params>=70",
		"a@latest?context_size=128k", "a@latest?params<0.00007k", "a@latest?params>1&input_cost<=0.2k",
		"a@latest?endpoint_publication_date>12/08/2025", "a@latest?endpoint_publication_date=0001-01-01",
		"a@latest?endpoint_publication_date>31/06/2024", "a@latest?params=99999999999999999999999",
		"🦙@latest", "a\xff@latest", "a@b@c", "a@latest?params==1", "a\t b  c@latest",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		q, err := virtual.Parse(in)
		if err != nil {
			_ = checkSyntaxError(t, in, err)
			return
		}
		again, err := virtual.Parse(q.String())
		if err != nil {
			t.Fatalf("%q: the canonical form %q does not parse: %v", in, q, err)
		}
		if !reflect.DeepEqual(again, q) {
			t.Fatalf("%q: got %+v, and from its canonical form %q %+v", in, q, q, again)
		}
	})
}
