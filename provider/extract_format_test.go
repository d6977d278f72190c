package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// OpenAI's response format holds a schema: it is the schema that is meant.
func TestASchemaIsTakenOutOfAResponseFormat(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object", "properties":{"name":{"type":"string"}},"required":["name"]}`
	for _, wrapped := range []string{
		`{"name":"person","strict":true,"schema":` + schema + `}`,
		`{"name":"person","description":null,"strict":null,"schema":` + schema + `}`,
		`{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":` + schema + `}}`,
		`{"json_schema":{"name":"person","schema":` + schema + `}}`,
		`{"json_schema":` + schema + `}`,
		`{"type":"json_schema","name":"person","schema":` + schema + `}`,
		`{"type":"json_schema","schema":` + schema + `}`,
	} {
		t.Run(wrapped, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: answerEvents(`{"name":36}`, "stop")},
				emulator.Fault{Path: chatPath, RawEvents: answerEvents(`{"name":"Ada"}`, "stop")})
			result, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
				Text: "x", Schema: json.RawMessage(wrapped), Model: "gpt-oss-120b", MaxRepairs: 1,
			})
			if err != nil || string(result.Data) != `{"name":"Ada"}` || result.Repairs != 1 {
				t.Fatalf("got %+v, %v", result, err)
			}
			body := sentBodies(t, e, chatPath)[0]
			var want any
			if err := json.Unmarshal([]byte(schema), &want); err != nil {
				t.Fatal(err)
			}
			format := body["response_format"].(map[string]any)["json_schema"].(map[string]any)["schema"]
			if diff := cmp.Diff(want, format); diff != "" {
				t.Errorf("sent schema (-want +got):\n%s", diff)
			}
			system := body["messages"].([]any)[0].(map[string]any)["content"].(string)
			if !strings.HasSuffix(system, schema) {
				t.Errorf("the model reads %q", system)
			}
		})
	}
}
