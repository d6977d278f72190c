package e2e

import (
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// TestRealServer runs the tools against any OpenAI-compatible server, such as llama-server or Ollama:
//
//	AI_ENDPOINTS_TEST_URL=http://127.0.0.1:8080/v1 AI_ENDPOINTS_TEST_MODEL=NAME go test -run TestRealServer -v ./e2e
//
// What a model says is its own affair; the checks are about what the protocol promises.
// `make engine` runs them on engines that it builds. The other variables have this prefix
// too; without one, what needs it is skipped or taken from the server:
//
//	KEY            key of the server; with it, that another one is refused is checked
//	EMBED_MODEL    a model that makes embeddings, where the chat model makes none
//	EMBED_URL      where it is served; default URL
//	CONTEXT        tokens of the chat model's context, which a prompt is to overflow; EMBED_CONTEXT of the embedding model's
//	VECTORS        file of vectors, as testdata/engine/reference.py prints them, that the embedding model should return
//	SLOTS          URL of llama-server's /slots, which tells whether the engine still works
//	LACKS          what the chat model cannot do: vision, tools or both; that it is said clearly is checked then
//
// With the flag -engines, the outcome is written into that file.
func TestRealServer(t *testing.T) {
	s := readRealServer(t)
	if s.url == "" || s.model == "" {
		t.Skip("AI_ENDPOINTS_TEST_URL and AI_ENDPOINTS_TEST_MODEL name no server and model to test with")
	}
	t.Setenv("OVH_AI_ENDPOINTS_ACCESS_TOKEN", s.key)
	report := newEngineReport(t)
	for _, name := range slices.Sorted(maps.Keys(agents)) {
		t.Run(name, func(t *testing.T) {
			start := func(t *testing.T, url string) agent {
				return agents[name](t, "stdio", "--base-url", url, "--cache-dir", t.TempDir(), "--timeout", "10m", "--allow-dir", "..")
			}
			chat := start(t, s.url)
			embed := chat
			if s.embedURL != s.url {
				embed = start(t, s.embedURL)
			}
			for _, check := range realChecks {
				t.Run(check.name, func(t *testing.T) {
					r := &realRun{T: t, realServer: s, chat: chat, embed: embed}
					r.start = func(url string) agent { return start(t, url) }
					defer report.add(check.name, r)
					check.run(r)
				})
			}
		})
	}
}

// realServer is the server that the variables describe.
type realServer struct {
	url, key, model       string
	embedURL, embedModel  string
	context, embedContext int // 0 is unknown
	slots                 string
	lacks                 string
	vectors               []referenceVector // none if nothing is known
}

// referenceVector is the vector that an embedding model should return for a text.
type referenceVector struct {
	Text   string    `json:"text"`
	Vector []float64 `json:"vector"`
}

func readRealServer(t *testing.T) realServer {
	variable := func(name string) string { return os.Getenv("AI_ENDPOINTS_TEST_" + name) }
	number := func(name string) int {
		n, err := strconv.Atoi(cmp.Or(variable(name), "0"))
		if err != nil {
			t.Fatalf("AI_ENDPOINTS_TEST_%s: %v", name, err)
		}
		return n
	}
	s := realServer{
		url: variable("URL"), key: variable("KEY"), model: variable("MODEL"),
		embedURL: cmp.Or(variable("EMBED_URL"), variable("URL")), embedModel: variable("EMBED_MODEL"),
		context: number("CONTEXT"), embedContext: number("EMBED_CONTEXT"),
		slots: variable("SLOTS"), lacks: variable("LACKS"),
	}
	if file := variable("VECTORS"); file != "" {
		content, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(content, &s.vectors)
		}
		if err != nil || len(s.vectors) < 3 {
			t.Fatalf("AI_ENDPOINTS_TEST_VECTORS: %d vectors, error %v", len(s.vectors), err)
		}
	}
	return s
}

// slowAnswer is how long a small machine may take to answer.
const slowAnswer = 5 * time.Minute
