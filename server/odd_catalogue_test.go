package server_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// withCatalogue is a rig whose service answers as ever, but lists its models as change
// returns the capture.
func withCatalogue(t *testing.T, change func(string) string) *rig {
	t.Helper()
	r := connect(t, setup{})
	listed, _ := catalog.SnapshotPayloads()
	r.Script(emulator.Fault{Path: "/models_v2", Body: change(string(listed)), Times: -1})
	return r
}

func replacing(pattern, with string) func(string) string {
	return func(listed string) string { return regexp.MustCompile(pattern).ReplaceAllString(listed, with) }
}

// TestDefaultsOfAnOddCatalogue: a call that names no model is answered whatever the
// catalogue lacks, and says so only if another model had to be found.
func TestDefaultsOfAnOddCatalogue(t *testing.T) {
	t.Parallel()
	calls := []struct{ tool, arguments string }{
		{"chat", `{"prompt":"hi"}`},
		{"describe-image", `{"image":"` + onePixel + `"}`},
		{"structured-extract", `{"text":"a","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}`},
		{"embed", `{"input":["a"]}`},
	}
	asEver := [4]string{"gpt-oss-120b", "Qwen3.5-9B", "gpt-oss-120b", "bge-m3"}
	tests := []struct {
		name     string
		change   func(string) string
		want     [4]string
		replaced [4]bool // the default matched nothing
	}{
		{"as it is", replacing("^", ""), asEver, [4]bool{}},
		{"a byte order mark", replacing("^", "\ufeff"), asEver, [4]bool{}},
		{"prices as text", replacing(`("price": ?)([0-9.e-]+)`, `$1"$2"`), asEver, [4]bool{}},
		{"prices null", replacing(`("price": ?)([0-9.e-]+)`, `${1}null`),
			[4]string{"gpt-oss-120b", "Qwen2.5-VL-72B-Instruct", "gpt-oss-120b", "bge-m3"}, [4]bool{true, true, true, false}},
		{"sizes and tags gone", replacing(`"(nb_of_billion_parameters|use_case_tag)"`, `"was"`),
			[4]string{"gpt-oss-20b", "Qwen3.5-9B", "gpt-oss-20b", "bge-m3"}, [4]bool{true, true, true, false}},
		{"metadata gone", replacing(`"metadata"`, `"was"`), asEver, [4]bool{true, true, true, false}},
		{"abilities gone", replacing(`"capabilities"`, `"was"`), asEver, [4]bool{true, true, true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := withCatalogue(t, tt.change)
			for i, call := range calls {
				got := r.call(call.tool, call.arguments)
				if got.isError {
					t.Errorf("%s: %s", call.tool, got.texts)
					continue
				}
				var out struct {
					Model    string
					Warnings []struct{ Code, Message string }
				}
				got.decode(&out)
				replaced := slices.ContainsFunc(out.Warnings, func(w struct{ Code, Message string }) bool {
					return w.Code == "no_local_match" && strings.Contains(w.Message, "was replaced by "+out.Model)
				})
				if out.Model != tt.want[i] || replaced != tt.replaced[i] {
					t.Errorf("%s: model %s, warnings %v; want %s, replaced %t", call.tool, out.Model, out.Warnings, tt.want[i], tt.replaced[i])
				}
			}
		})
	}
}

// TestServedIDsAreSent: the catalogue may lack anything about a model that is served.
func TestServedIDsAreSent(t *testing.T) {
	t.Parallel()
	tools := `,"tools":[{"type":"function","function":{"name":"f"}}],"response_format":{"type":"json_object"}`
	for name, change := range map[string]func(string) string{
		"not available":   replacing(`"available": ?true`, `"available":false`),
		"no metadata":     replacing(`"metadata"`, `"was"`),
		"odd abilities":   replacing(`("(input_modality|output_modality|function_calling|response_format)": ?)`, `${1}{"x":1},"was":`),
		"not listed":      replacing(`"name": ?"Meta-Llama[^"]*"`, `"name":"other"`),
		"listed as a sum": replacing(`"name": ?"Meta-Llama[^"]*"`, `"name":{}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := withCatalogue(t, change)
			got := r.call("chat", `{"prompt":"hi","model":"Meta-Llama-3_3-70B-Instruct"`+tools+`}`)
			if got.isError || len(r.posts()) != 1 {
				t.Errorf("%d requests, %s", len(r.posts()), got.texts)
			}
		})
	}
}

// TestTagsOfAnotherKind: a query says which kind its tag's models are of, and which tool
// takes them. Nothing is sent.
func TestTagsOfAnotherKind(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		tool, query string
		says        []string
	}{
		{"chat", "BAAI@latest", []string{"only embedding models", "the tool embed"}},
		{"chat", "bge@cheapest?input_cost<1", []string{"only embedding models", "the tool embed"}},
		{"chat", "whisper@latest", []string{"only speech-to-text models", "the tool transcribe"}},
		{"chat", "stable-diffusion@latest", []string{"only image generation models", "no tool for image generation"}},
		{"chat", "NVIDIA Riva@latest", []string{"only text-to-speech models", "no tool for text-to-speech"}},
		{"chat", "qwen3guard@smallest", []string{"only moderation models", "in chat: Qwen3Guard-Gen-8B, Qwen3Guard-Gen-0.6B"}},
		{"resolve-virtual-model", "BAAI@latest", []string{"only embedding models", "the tool embed"}},
		{"resolve-virtual-model", "whisper@latest", []string{"only speech-to-text models", "the tool transcribe"}},
		{"embed", "llama@latest", []string{"the tool chat takes chat models"}},
		{"embed", "whisper@latest", []string{"only speech-to-text models", "the tool transcribe"}},
		{"describe-image", "BAAI@latest", []string{"only embedding models", "the tool embed"}},
		{"describe-image", "llama@latest", []string{"does not take images", "loosen a condition"}},
	} {
		t.Run(tt.tool+" "+tt.query, func(t *testing.T) {
			t.Parallel()
			r := connect(t, setup{})
			got := r.call(tt.tool, map[string]string{
				"chat": `{"prompt":"hi","model":"` + tt.query + `"}`, "resolve-virtual-model": `{"query":"` + tt.query + `"}`,
				"embed": `{"input":"a","model":"` + tt.query + `"}`, "describe-image": `{"image":"` + onePixel + `","model":"` + tt.query + `"}`,
			}[tt.tool])
			if !got.isError || got.failure().Code != "no_match" || len(r.posts()) > 0 {
				t.Fatalf("%d requests, %s", len(r.posts()), got.texts)
			}
			for _, says := range tt.says {
				if !strings.Contains(got.texts[0], says) {
					t.Errorf("%q lacks %q", got.texts[0], says)
				}
			}
		})
	}
}
