package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A schema that costs too much is refused before anything is sent, with the place.
func TestACostlySchemaIsInvalid(t *testing.T) {
	t.Parallel()
	many := make([]string, 9_000)
	for i := range many {
		many[i] = fmt.Sprintf(`"p%d":{"type":"string","pattern":"a{1000}%d"}`, i, i%1000)
	}
	for _, tt := range []struct{ name, schema, says string }{
		{"large repeats", `{"type":"object","properties":{` + strings.Join(many[:5_000], ",") + `}}`, "$.properties.p99.pattern: the patterns are too large"},
		{"classes", `{"items":{"pattern":"[` + strings.Repeat(`\\pL`, 50_000) + `]"}}`, "$.items.pattern: the patterns are too large"},
		{"a long address", `{"$id":"http://a/` + strings.Repeat("x", 100_000) + `","type":"object","allOf":[` +
			strings.TrimSuffix(strings.Repeat(`{"$anchor":"a"},`, 5_000), ",") + `]}`, "$.allOf["},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			p := connect(t, e)
			_, err := p.Extract(t.Context(), provider.ExtractRequest{Text: "Ada is 36.", Schema: json.RawMessage(tt.schema), Model: "gpt-oss-120b"})
			if failed := wantCode(t, err, provider.CodeSchemaInvalid); !strings.Contains(failed.Message, tt.says) || len(failed.Message) > 2_000 {
				t.Errorf("got %.300s, want %q", failed.Message, tt.says)
			}
			if sent := len(e.Calls(chatPath)); sent > 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

// A cancelled call says so, and not that its schema is wrong.
func TestACancelledExtractionReadsNoSchema(t *testing.T) {
	t.Parallel()
	p := connect(t, emulator.New(emulator.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Extract(ctx, provider.ExtractRequest{Text: "Ada is 36.", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b"})
	_ = wantCode(t, err, provider.CodeCancelled)
}
