package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// minCases is how many cases of the official suite have to apply.
const minCases = 1_800

// suiteDrafts are the folders of the suite, with the $schema of schemas that
// name none.
var suiteDrafts = map[string]string{
	"draft2020-12": "https://json-schema.org/draft/2020-12/schema",
	"draft7":       "http://json-schema.org/draft-07/schema#",
}

// suiteSkips are the groups of the suite that do not apply, by what refuses
// their schema. Any other refusal fails the test. Nothing else is left out: the
// optional cases (formats, numbers beyond what a float holds) are not in this
// copy of the suite.
var suiteSkips = []struct {
	refusal, reason string
	least           int // groups; a row that fits nothing has to go
}{
	{"references to other documents are not followed", "a remote $ref: nothing is ever fetched", 20},
	{"it is not an object", "the schemas true and false: the tool takes objects", 4},
	{"it asserts nothing", "every value is valid: such data is not checked", 40},
}

type suiteGroup struct {
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"schema"`
	Tests       []struct {
		Description string          `json:"description"`
		Data        json.RawMessage `json:"data"`
		Valid       bool            `json:"valid"`
	} `json:"tests"`
}

// Data is accepted if and only if it is valid: every case of the official
// JSON-Schema-Test-Suite whose schema is taken is served as a model's answer.
func TestAcceptedDataIsValidByTheOfficialSuite(t *testing.T) {
	t.Parallel()
	p := connectInMemory(t, parrot())
	run := suiteRun{t, p, map[string]int{}, 0}
	for draft, meta := range suiteDrafts {
		for file, groups := range suite(t, draft) {
			for _, group := range groups {
				run.check(strings.Join([]string{draft, file, group.Description}, ": "), withDraft(group.Schema, meta), group)
			}
		}
	}
	for _, skip := range suiteSkips {
		t.Logf("%d groups left out: %s", run.skipped[skip.refusal], skip.reason)
		if run.skipped[skip.refusal] < skip.least {
			t.Errorf("only %d groups are refused because %q, want %d", run.skipped[skip.refusal], skip.refusal, skip.least)
		}
	}
	if t.Logf("%d cases", run.cases); run.cases < minCases {
		t.Errorf("only %d cases of the suite apply, want %d", run.cases, minCases)
	}
}

type suiteRun struct {
	*testing.T
	provider *provider.Provider
	skipped  map[string]int // groups, by refusal
	cases    int
}

func (r *suiteRun) check(name string, schema json.RawMessage, group suiteGroup) {
	r.Helper()
	for _, c := range group.Tests {
		for _, form := range []string{"%s", "It is:\n\n```json\n%s\n```\n"} {
			result, err := r.provider.Extract(r.Context(), provider.ExtractRequest{
				Text: fmt.Sprintf(form, c.Data), Schema: schema, Model: "gpt-oss-120b",
			})
			refused, _ := errors.AsType[*provider.Error](err)
			switch {
			case refused != nil && refused.Code == provider.CodeSchemaInvalid:
				r.skip(name, refused, group)
				return
			case err == nil && c.Valid && string(result.Data) == string(c.Data):
			case refused != nil && refused.Code == provider.CodeExtractionInvalid && !c.Valid:
			default:
				r.Errorf("%s: %s: %s is valid: %v, by schema %s; got %+v, %v", name, c.Description, c.Data, c.Valid, schema, result, err)
			}
		}
		r.cases++
	}
}

func (r *suiteRun) skip(name string, refused *provider.Error, group suiteGroup) {
	r.Helper()
	if strings.Contains(refused.Message, "it asserts nothing") {
		r.cases += len(group.Tests)
		for _, c := range group.Tests {
			if !c.Valid {
				r.Errorf("%s: %s: the schema is refused because it asserts nothing, but it rejects %s", name, c.Description, c.Data)
			}
		}
	}
	for _, skip := range suiteSkips {
		if strings.Contains(refused.Message, skip.refusal) {
			r.skipped[skip.refusal]++
			return
		}
	}
	r.Errorf("%s: the schema is refused: %v", name, refused)
}

// parrot is a model that answers with what the user wrote.
func parrot() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", emulator.New(emulator.Options{}))
	mux.HandleFunc("/v1"+chatPath, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Messages []struct{ Role, Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			panic(err)
		}
		w.Header().Set("Content-Type", eventStream)
		_, _ = io.WriteString(w, events(answerEvents(body.Messages[1].Content, "stop")...))
	})
	return mux
}

// suite reads the cases of a draft from google/jsonschema-go, by file.
func suite(t *testing.T, draft string) map[string][]suiteGroup {
	t.Helper()
	module, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/google/jsonschema-go").Output()
	if err != nil {
		t.Fatalf("finding the suite: %v", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(module)), "jsonschema", "testdata", draft, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no cases: %v", draft, err)
	}
	all := map[string][]suiteGroup{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var groups []suiteGroup
		if err := json.Unmarshal(data, &groups); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = groups
	}
	return all
}

// withDraft adds the draft's $schema to a schema without one.
func withDraft(schema json.RawMessage, meta string) json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(schema, &object) != nil || object["$schema"] != nil {
		return schema
	}
	object["$schema"] = json.RawMessage(quoteJSON(meta))
	with, _ := json.Marshal(object)
	return with
}

// A schema of a kilobyte can ask for more steps than anybody has time for: each
// level of these doubles them. A call ends all the same.
func TestASchemaCannotKeepACallForever(t *testing.T) {
	t.Parallel()
	const levels = 40
	var doubling strings.Builder
	for i := range levels {
		fmt.Fprintf(&doubling, `"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]},`, i, i+1, i+1)
	}
	for name, tt := range map[string]struct{ schema, answer string }{
		"by its references": {`{"$ref":"#/$defs/a0","$defs":{` + doubling.String() + fmt.Sprintf(`"a%d":{"type":"object"}}}`, levels), `{}`},
		"within not, which ends early": {
			`{"not":{"$ref":"#/$defs/a0"},"$defs":{` +
				strings.NewReplacer(`"allOf":[`, `"dependentSchemas":{"a":`, `},{`, `},"b":{`, `]}`, `}}`).Replace(doubling.String()) +
				fmt.Sprintf(`"a%d":false}}`, levels),
			`{"a":1,"b":1}`,
		},
		"by the answer": {
			`{"$ref":"#/$defs/n","$defs":{"n":{"type":"object","properties":{"a":{"anyOf":[{"$ref":"#/$defs/n"},{"$ref":"#/$defs/n"}]}}}}}`,
			strings.Repeat(`{"a":`, levels) + "1" + strings.Repeat("}", levels),
		},
		"by many values in the answer": {
			`{"$ref":"#/$defs/a0","$defs":{` + doubling.String() + fmt.Sprintf(`"a%d":{"type":"object"}}}`, levels), strings.Repeat("```\n{}\n```\n",
				500),
		},
		"of an older draft": {`{"$schema":"http://json-schema.org/draft-07/schema#","allOf":[{"$ref":"#/$defs/a0"}],"$defs":{` + doubling.String() + fmt.Sprintf(`"a%d":{"type":"object"}}}`, levels),
			`{}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := connectInMemory(t, parrot(), withTimeout(time.Second))
			ended := make(chan error, 1)
			go func() {
				_, err := p.Extract(t.Context(), provider.ExtractRequest{Text: tt.answer, Schema: json.RawMessage(tt.schema), Model: "gpt-oss-120b"})
				ended <- err
			}()
			select {
			case err := <-ended:
				if err == nil || failure(t, err).Code == provider.CodeInternal {
					t.Errorf("got %v, want an error that says why there is no answer", err)
				}
			case <-time.After(3 * time.Minute): // a busy machine is slow, and without a limit it takes days
				t.Error("the call does not end")
			}
		})
	}
}
