package virtual_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

func TestResolveNoMatch(t *testing.T) {
	tests := []struct {
		name, query string
		removed     []virtual.Removal
		closest     string
		message     string
	}{
		{"one condition", "llama@biggest?input_cost<0.5",
			[]virtual.Removal{{By: "input_cost<0.5", Models: 1}},
			"Meta-Llama-3_3-70B-Instruct has input_cost 0.67, not <0.5",
			`no model matches "llama@biggest?input_cost<0.5": of 1 model with the tag, 1 removed by "input_cost<0.5"; ` +
				`closest: Meta-Llama-3_3-70B-Instruct has input_cost 0.67, not <0.5`},
		// All four cost 0.1 or more; 72, 27 and 9.7 billion fail the size as well, so one failure is closer than two.
		{"two conditions", "qwen@latest?params>=397&input_cost<0.1",
			[]virtual.Removal{
				{By: "params>=397", Models: 3}, {By: "input_cost<0.1", Models: 4},
				{By: "does not answer in text", Models: 1},
			},
			"Qwen3.5-397B-A17B has input_cost 0.6, not <0.1",
			`no model matches "qwen@latest?params>=397&input_cost<0.1": of 5 models with the tag, 3 removed by "params>=397", ` +
				`4 removed by "input_cost<0.1", 1 removed by "does not answer in text"; ` +
				`closest: Qwen3.5-397B-A17B has input_cost 0.6, not <0.1`},
		{"nearest number", "gpt-oss@latest?params=100",
			[]virtual.Removal{{By: "params=100", Models: 2}},
			"gpt-oss-120b has params 117, not =100", ""},
		// Published 20/02/2025, 12/08/2025 twice, 15/04/2026, 06/05/2026, 15/05/2026.
		{"nearest date", "text_generation@latest?endpoint_publication_date>2027-01-01",
			[]virtual.Removal{{By: "endpoint_publication_date>2027-01-01", Models: 6}},
			"Qwen3.5-397B-A17B has endpoint_publication_date 2026-05-15, not >2027-01-01", ""},
		{"repeated condition", "llama@latest?params<1&params<1",
			[]virtual.Removal{{By: "params<1", Models: 1}},
			"Meta-Llama-3_3-70B-Instruct has params 70, not <1", ""},
		// Text to speech: known to the catalogue, never eligible.
		{"tag without a chat model", "NVIDIA Riva@latest",
			[]virtual.Removal{{By: "does not answer in text", Models: 4}}, "",
			`no model matches "NVIDIA Riva@latest": of 4 models with the tag, 4 removed by "does not answer in text"; ` +
				`the tag has only text-to-speech models`},
		{"guard models", "qwen3guard@latest", []virtual.Removal{{By: "is a guard model", Models: 2}}, "", ""},
	}
	models := catalog.Snapshot().Models()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := noMatch(t, models, tt.query)
			if e.Unknown || len(e.Nearest) > 0 || len(e.Excluded) == 0 {
				t.Errorf("unknown %v, nearest %v, excluded %v", e.Unknown, e.Nearest, e.Excluded)
			}
			if !reflect.DeepEqual(e.Removed, tt.removed) {
				t.Errorf("removed %v, want %v", e.Removed, tt.removed)
			}
			if e.Closest != tt.closest {
				t.Errorf("closest %q, want %q", e.Closest, tt.closest)
			}
			if tt.message != "" && e.Error() != tt.message {
				t.Errorf("got  %s\nwant %s", e, tt.message)
			}
		})
	}

	t.Run("missing figure", func(t *testing.T) {
		only := []catalog.Model{{ID: "psi", Series: "psi", Available: true, Input: []string{"text"}, Output: []string{"text"}}}
		e := noMatch(t, only, "psi@fastest")
		want := `no model matches "psi@fastest": of 1 model with the tag, 1 removed by "fastest"; closest: psi has no known speed`
		if e.Error() != want {
			t.Errorf("got %s", e)
		}
		// The figure that condition and ranker both lack is named once.
		if e := noMatch(t, only, "psi@biggest?params>1"); e.Closest != "psi has no known params" {
			t.Errorf("closest %q", e.Closest)
		}
	})
}

func TestResolveUnknownTag(t *testing.T) {
	models := catalog.Snapshot().Models()
	for query, nearest := range map[string]string{
		"lama@latest":                          "llama", // one letter short
		"codechat@cheapest":                    "code_chat",
		"qwen3@latest":                         "qwen", // a version too many
		"text-generation@biggest":              "text_generation",
		"mistral@latest?context_size > 100000": "", // served, but the catalogue has no entry
		"Qwen3-32B@latest":                     "", // served, and an id is not a tag
	} {
		t.Run(query, func(t *testing.T) {
			e := noMatch(t, models, query)
			if !e.Unknown || len(e.Nearest) == 0 || len(e.Excluded) > 0 || e.Closest != "" {
				t.Errorf("got %+v", e)
			}
			if nearest != "" && e.Nearest[0] != nearest {
				t.Errorf("nearest %v, want %s first", e.Nearest, nearest)
			}
			if message := e.Error(); !strings.HasPrefix(message, "no model has the tag ") ||
				!strings.Contains(message, strings.Join(e.Nearest, ", ")) {
				t.Errorf("message %s", message)
			}
		})
	}
	if got := noMatch(t, nil, "llama@latest").Error(); got != `no model has the tag "llama"` {
		t.Errorf("with no models: %s", got)
	}
	// The model that is only served has no series, no publisher and no use case: no tag, not even the empty one, finds it.
	if res, err := virtual.Resolve(greek(t), virtual.Query{Ranker: virtual.Latest}, nil); err == nil {
		t.Errorf("the empty tag finds %s", ids(res.Candidates))
	}
	long := noMatch(t, models, strings.Repeat("a", 400)+"@latest")
	if len(long.Error()) > 300 {
		t.Errorf("long tag: %d bytes of message", len(long.Error()))
	}
}

func noMatch(t *testing.T, models []catalog.Model, query string) *virtual.NoMatchError {
	t.Helper()
	res, err := virtual.Resolve(models, parse(t, query), nil)
	e, ok := errors.AsType[*virtual.NoMatchError](err)
	if !ok {
		t.Fatalf("%s: got %s, %v; want no match", query, ids(res.Candidates), err)
	}
	return e
}
