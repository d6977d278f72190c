package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// needed are arguments that a call of each tool needs, with what it then sends.
var needed = map[string]string{
	"chat":                  `{"prompt":"hi"}`,
	"embed":                 `{"input":["a"]}`,
	"describe-image":        `{"image":"` + onePixel + `"}`,
	"structured-extract":    `{"text":"Ada is 36.","schema":{"type":"object","properties":{"name":{"type":"string"}}}}`,
	"resolve-virtual-model": `{"query":"llama@latest"}`,
	"list-models":           `{}`,
	"batch":                 `{"prompt":"Say {{input}}","inputs":["a"]}`,
	"transcribe":            `{"audio":"` + speech + `"}`,
}

// optional is an optional parameter and the values that stand for none.
type optional struct {
	name      string
	spellings []string
}

// optionals reads the optional parameters, but for the given ones, off a listed schema.
func optionals(t *testing.T, input json.RawMessage, given string) []optional {
	t.Helper()
	var listed struct {
		Properties map[string]struct {
			Type             string
			Enum             []string
			Minimum, Maximum *float64
		}
		Required []string
	}
	if err := json.Unmarshal(input, &listed); err != nil {
		t.Fatal(err)
	}
	var all []optional
	for name, p := range listed.Properties {
		if strings.Contains(given, `"`+name+`":`) {
			continue
		}
		o := optional{name, []string{`null`, `""`, `[]`, `{}`, `[ ]`, `{ }`}}
		isNumber := p.Type == "number" || p.Type == "integer"
		outOfRange := p.Minimum != nil && *p.Minimum > 0 || p.Maximum != nil && *p.Maximum < 0
		if isNumber && outOfRange || name == "top_p" { // engines refuse a top_p of 0
			o.spellings = append(o.spellings, `0`, `"0"`, `0.0`)
		}
		if isNumber || p.Enum != nil || p.Type == "array" || p.Type == "boolean" || p.Type == "object" {
			o.spellings = append(o.spellings, `"null"`, `"None"`)
		}
		if p.Type == "array" {
			o.spellings = append(o.spellings, `"[]"`)
			if name != "messages" && name != "tools" {
				o.spellings = append(o.spellings, `[""]`, `[null]`, `["",null]`)
			}
		}
		if p.Type == "object" {
			o.spellings = append(o.spellings, `"{}"`)
		}
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b optional) int { return strings.Compare(a.name, b.name) })
	return all
}

// Proxies, forms and strict modes fill every optional parameter, each in its own way.
// Whatever stands for none makes the request of the call without it.
func TestAbsenceInEverySpellingIsAbsence(t *testing.T) {
	for _, tool := range connect(t, setup{inMemory: true}).list() {
		t.Run(tool.Name, func(t *testing.T) {
			t.Parallel()
			r := newSender(t)
			base := needed[tool.Name]
			want := r.sends(tool.Name, base)
			check := func(filled map[string]string) {
				t.Helper()
				if got := r.sends(tool.Name, fill(base, filled)); got != want {
					t.Errorf("%v\nsends %.600s\nwant  %.600s", filled, got, want)
				}
			}
			all := optionals(t, tool.InputSchema, base)
			if len(all) < 2 {
				t.Fatalf("the optional parameters are %v", all)
			}
			for i, one := range all {
				for _, spelling := range one.spellings {
					check(map[string]string{one.name: spelling})
				}
				for j, other := range all[i+1:] {
					for n := range 2 { // each spelling comes up, over all pairs
						check(map[string]string{
							one.name: one.spellings[(j+n)%len(one.spellings)], other.name: other.spellings[(i+j+n)%len(other.spellings)],
						})
					}
				}
			}
			for n := range 20 {
				filled := map[string]string{}
				for _, one := range all {
					filled[one.name] = one.spellings[n%len(one.spellings)]
				}
				check(filled)
			}
			random := rand.New(rand.NewPCG(1, 2))
			for range 500 {
				filled := map[string]string{}
				for _, one := range all {
					if random.IntN(2) == 0 {
						filled[one.name] = one.spellings[random.IntN(len(one.spellings))]
					}
				}
				check(filled)
			}
		})
	}
}

// A form that states its defaults changes nothing either.
func TestAStatedDefaultIsWhatItSays(t *testing.T) {
	r := newSender(t)
	stated := 0
	for _, tool := range r.list() {
		var listed struct {
			Properties map[string]struct{ Default json.RawMessage }
		}
		if err := json.Unmarshal(tool.InputSchema, &listed); err != nil {
			t.Fatal(err)
		}
		want := r.sends(tool.Name, needed[tool.Name])
		for name, p := range listed.Properties {
			if p.Default == nil {
				continue
			}
			stated++
			if got := r.sends(tool.Name, fill(needed[tool.Name], map[string]string{name: string(p.Default)})); got != want {
				t.Errorf("%s with %s: %s\nsends %.600s\nwant  %.600s", tool.Name, name, p.Default, got, want)
			}
		}
	}
	if stated < 5 {
		t.Errorf("only %d defaults are stated", stated)
	}
}

// fill adds arguments to those that a call needs.
func fill(base string, filled map[string]string) string {
	members := []string{strings.TrimSuffix(strings.TrimPrefix(base, "{"), "}")}
	for name, value := range filled {
		members = append(members, fmt.Sprintf("%q:%s", name, value))
	}
	slices.Sort(members[1:])
	return "{" + strings.TrimPrefix(strings.Join(members, ","), ",") + "}"
}

// sender is a client whose calls show what they send to a model.
type sender struct {
	*rig
	sent []string
}

func newSender(t *testing.T) *sender {
	t.Helper()
	s := &sender{}
	s.rig = connect(t, setup{inMemory: true, wrap: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if request.Method == http.MethodPost {
				body, _ := io.ReadAll(request.Body)
				s.sent = append(s.sent, string(body))
				request.Body = io.NopCloser(bytes.NewReader(body))
			}
			next.ServeHTTP(w, request)
		})
	}})
	return s
}

// sends returns what a call that must not fail sends to a model, and its texts where
// that is nothing.
func (s *sender) sends(tool, arguments string) string {
	s.Helper()
	s.sent = nil
	result := s.succeed(tool, arguments, nil)
	if s.sent == nil {
		return strings.Join(result.texts, "\n")
	}
	sent := strings.Join(s.sent, "\n")
	if boundary, _, ok := strings.Cut(sent, "\r\n"); ok && strings.HasPrefix(boundary, "--") { // of a form, which is random
		sent = strings.ReplaceAll(sent, boundary, "--")
	}
	return sent
}

// Order and bytes of what is opaque to the server reach the wire: engines with grammars
// write in the order of a schema.
func TestTheOrderOfSchemasReachesTheWire(t *testing.T) {
	const ordered = `{"type":"object","properties":{"reasoning":{"type":"string","description":"1.0 <b>"},"answer":{"type":"number","maximum":1.0}},` +
		`"required":["reasoning","answer"]}`
	r := connect(t, setup{})
	r.succeed("chat", `{"prompt":"hi","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":`+ordered+`}},`+
		`"tools":[{"type":"function","function":{"name":"f","parameters":`+ordered+`}}]}`, nil)
	var sent struct {
		ResponseFormat struct {
			JSONSchema struct{ Schema json.RawMessage } `json:"json_schema"`
		} `json:"response_format"`
		Tools []struct {
			Function struct{ Parameters json.RawMessage }
		}
	}
	r.lastPost(&sent)
	for name, got := range map[string]json.RawMessage{
		"response_format": sent.ResponseFormat.JSONSchema.Schema, "tools": sent.Tools[0].Function.Parameters,
	} {
		if readable := string(schema.Readable(got)); readable != ordered {
			t.Errorf("%s was sent as\n%s, want\n%s", name, readable, ordered)
		}
	}
	r.succeed("structured-extract", `{"text":"x","schema":`+ordered+`}`, nil)
	var extraction struct {
		Messages       []struct{ Content string }
		ResponseFormat struct {
			JSONSchema struct{ Schema json.RawMessage } `json:"json_schema"`
		} `json:"response_format"`
	}
	r.lastPost(&extraction)
	if !strings.Contains(extraction.Messages[0].Content, ordered) {
		t.Errorf("the prompt is %s", extraction.Messages[0].Content)
	}
	if got := string(schema.Readable(extraction.ResponseFormat.JSONSchema.Schema)); got != ordered {
		t.Errorf("the response format has\n%s, want\n%s", got, ordered)
	}
}
