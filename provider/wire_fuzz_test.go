package provider_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

const fuzzKey = "key-that-nobody-sees"

// scripted answers requests to models with what a fuzzer made up; the catalogue
// is the built-in one.
type scripted struct {
	status int
	header http.Header
	body   []io.Reader // one after the other, as they would come from a network
}

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	listed, served := catalog.SnapshotPayloads()
	answer := func(status int, header http.Header, body io.Reader) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: header, Body: io.NopCloser(body), ContentLength: -1, Request: req,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		}, nil
	}
	switch {
	case strings.HasSuffix(req.URL.Path, "/models_v2"):
		return answer(http.StatusOK, http.Header{}, strings.NewReader(string(listed)))
	case strings.HasSuffix(req.URL.Path, "/models"):
		return answer(http.StatusOK, http.Header{}, strings.NewReader(string(served)))
	}
	return answer(s.status, s.header, io.MultiReader(s.body...))
}

func newScripted(t testing.TB) (*scripted, *provider.Provider) {
	t.Helper()
	s := &scripted{}
	p := newProvider(t, "http://upstream.test", &http.Client{Transport: s}, withKey(fuzzKey))
	p.Catalog(context.Background())
	return s, p
}

// FuzzStreamInPieces cuts a stream where a network might: what is read does not
// depend on it.
func FuzzStreamInPieces(f *testing.F) {
	for _, seed := range []string{
		events(opening, delta("reasoning", "Hm."), wrote("Hel"), wrote("lo"), stopped, lateUsage, done),
		events(calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`), callsEnd, done),
		": ping\r\n\r\nevent: error\r\ndata: {\"message\":\"gone\"}\r\n\r\n", "data: {\ndata: }\n\ndata:[DONE]\n\n",
		events(wrote("é\\ud83d\\ude00€"), done), "data: \xff\xfe\n\n", `{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}`,
	} {
		for _, at := range []uint16{0, 1, 7, 40, 200} {
			f.Add([]byte(seed), at)
		}
	}
	s, p := newScripted(f)
	read := func(t *testing.T, pieces ...[]byte) (outcome, string) {
		s.status, s.header, s.body = http.StatusOK, http.Header{"Content-Type": {eventStream}}, nil
		for _, piece := range pieces {
			s.body = append(s.body, strings.NewReader(string(piece)))
		}
		result, err := ask(t, p)
		if err != nil {
			return outcome{}, failure(t, err).Error()
		}
		return outcomeOf(result), ""
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		cut := min(int(at), len(data))
		whole, wholeError := read(t, data)
		pieces, piecesError := read(t, data[:cut], data[cut:])
		if diff := cmp.Diff(whole, pieces); diff != "" || wholeError != piecesError {
			t.Errorf("cut at byte %d it is read otherwise (-whole +cut):\n%s%q, %q", cut, diff, wholeError, piecesError)
		}
	})
}

// FuzzEmbeddings answers a request for two vectors with arbitrary bytes: there
// are two vectors of finite numbers and the same length, or an error that says
// why not.
func FuzzEmbeddings(f *testing.F) {
	for _, seed := range []string{
		`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[3,4]}],"usage":{"prompt_tokens":2},"model":"bge-m3"}`,
		`{"data":[{"index":1,"embedding":[1,2]},{"index":0,"embedding":[3]}]}`, `{"data":[{"embedding":"AACAPw=="},{"embedding":"AAAAQA=="}]}`,
		`{"data":[{"embedding":"AADAfw=="},{"embedding":"AAAAQA=="}]}`, `{"data":[{"embedding":[null]},{"embedding":[1]}]}`,
		`{"data":[{"embedding":[]},{"embedding":[]}]}`, `{"data":[{"index":5,"embedding":[1]},{"index":-1,"embedding":[1]}]}`,
		`{"data":[{"embedding":[1e39]},{"embedding":[1]}]}`, `{"error":{"message":"no"}}`, `{"data":null}`, `[]`, ``, `null`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		s.status, s.header = http.StatusOK, http.Header{"Content-Type": {"application/json"}}
		s.body = []io.Reader{strings.NewReader(string(data))}
		result, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a", "b"}})
		if err != nil {
			_ = checkFailure(t, err)
			return
		}
		if len(result.Vectors) != 2 || len(result.Vectors[0]) == 0 || len(result.Vectors[0]) != len(result.Vectors[1]) {
			t.Fatalf("got vectors %v", result.Vectors)
		}
		for _, vector := range result.Vectors {
			for _, x := range vector {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					t.Errorf("got vectors %v", result.Vectors)
				}
			}
		}
	})
}

// FuzzErrorAnswer answers with an arbitrary status, pause and body: the error is
// one that a client can show and act on, and the key is not in it.
func FuzzErrorAnswer(f *testing.F) {
	for _, body := range []string{
		"", `{"error":{"message":"no","code":7}}`, `{"error":"no"}`, `{"message":"no"}`, `{"detail":[{"msg":"no"}]}`, `"no"`, "<html>", "\xff\x1b[31m",
		`{"message":"` + fuzzKey + `"}`, strings.Repeat("é", 700) + fuzzKey, `{"message":"\u006bey-that-nobody-sees"}`,
		"{\"error\":{\"message\":\"The model `x` does not exist\"}}", `{"message":"Resource tag 'discovery' is forbidden"}`, `null`, `[]`,
	} {
		for i, status := range []uint16{400, 401, 404, 413, 429, 500, 599} {
			f.Add(status, []string{"", "31", "-1", "1e300", "NaN", "Wed, 21 Oct 2099 07:28:00 GMT", "soon"}[i], []byte(body))
		}
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, status uint16, pause string, body []byte) {
		s.status = 400 + int(status)%200
		s.header, s.body = http.Header{"Retry-After": {pause}, "Retry-After-Ms": {pause}}, []io.Reader{strings.NewReader(string(body))}
		_, err := ask(t, p)
		if err == nil {
			t.Fatalf("%d is not an error", s.status)
		}
		e := checkFailure(t, err)
		if e.Status != s.status && !strings.Contains(e.Message, strconv.Itoa(s.status)) {
			t.Errorf("the status %d is not reported: %+v", s.status, e)
		}
	})
}

// checkFailure checks what holds of every error that the service causes.
func checkFailure(t *testing.T, err error) *provider.Error {
	t.Helper()
	e := failure(t, err)
	text, _ := json.Marshal(e)
	switch {
	case e.Code == "" || e.Code == provider.CodeInternal || strings.TrimSpace(e.Message) == "":
		t.Errorf("got error %+v", e)
	case !utf8.ValidString(e.Message) || strings.ContainsFunc(e.Message, func(r rune) bool { return r < ' ' || r == 0x7f }):
		t.Errorf("the message is not clean: %q", e.Message)
	case len(e.Message) > 3000:
		t.Errorf("the message has %d bytes", len(e.Message))
	case e.RetryAfter < 0:
		t.Errorf("it asks for another try %s ago", -e.RetryAfter)
	case strings.Contains(string(text)+e.Error(), fuzzKey):
		t.Errorf("the key is in %q", e)
	}
	return e
}
