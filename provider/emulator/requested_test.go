package emulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// obedient is an emulator as the command serves it.
func obedient() *emulator.Emulator {
	return emulator.New(emulator.Options{RequestedFaults: true, NamedTools: true})
}

func marked(spec string) string { return "hi [[fault: " + spec + "]]" }

// Each word has its effect, whether header or prompt asks for it.
func TestRequestedFaults(t *testing.T) {
	tested := map[string]bool{}
	for _, c := range []struct {
		spec   string
		stream bool
		torn   bool // the connection is closed
		check  func(t *testing.T, got result)
	}{
		{"status=503", false, false, hasStatus(503, `{"message":"Error 503 Service Unavailable"}`)},
		{"503", true, false, hasStatus(503, `{"message":"Error 503 Service Unavailable"}`)},
		{"401", false, false, hasStatus(401, `{"message":"Unauthorized"}`)},
		{"403", false, false, hasStatus(403, `{"message":"Forbidden: authentication failed"}`)},
		{"429", false, false, hasStatus(429, `{"message":"API rate limit exceeded"}`)},
		{"422", false, false, hasStatus(422, `{"error":{"code":"unprocessable_entity",`)},
		{"413", false, false, hasStatus(413, `{"error":{"code":"payload_too_large",`)},
		{"599", false, false, hasStatus(599, `{"message":"Error 599"}`)},
		{"429, retry-after=7", false, false, func(t *testing.T, got result) {
			if got.Code != 429 || got.Header().Get("Retry-After") != "7" {
				t.Errorf("%d, %v", got.Code, got.Header())
			}
		}},
		{"drop", false, true, nil},
		{"drop", true, true, nil},
		{"cut=2", true, true, holds(2, "")},
		{"cut=0", true, true, holds(0, "")},
		{"malformed", false, false, isMalformed},
		{"malformed", true, false, func(t *testing.T, got result) {
			payloads, _ := events(t, got.ResponseRecorder)
			if json.Valid([]byte(payloads[1])) || !json.Valid([]byte(payloads[0])) || payloads[len(payloads)-1] != "[DONE]" {
				t.Errorf("the events are %q", payloads)
			}
		}},
		{"empty", false, false, func(t *testing.T, got result) {
			if got.answer.text() != "" || got.answer.Reasoning != "" || got.answer.Finish != "stop" {
				t.Errorf("%+v", got.answer)
			}
		}},
		{"empty", true, false, holds(1, "[DONE]")},
		{"length", false, false, isCut},
		{"length", true, false, isCut},
		{"refusal", false, false, refuses},
		{"refusal", true, false, refuses},
		{"no-done", true, false, func(t *testing.T, got result) {
			if strings.Contains(got.Body.String(), "[DONE]") {
				t.Errorf("%s", got.Body)
			}
		}},
		{"no-usage", false, false, hasNoUsage},
		{"no-usage no-done", true, false, hasNoUsage},
		{"no-usage length", false, false, hasNoUsage},
	} {
		tested[strings.FieldsFunc(c.spec, func(r rune) bool { return r == '=' || r == ' ' || r == ',' })[0]] = true
		for from, ask := range map[string]func() (object, []string){
			"header": func() (object, []string) { return request(llama, "hi"), []string{"X-Emulator-Fault", c.spec} },
			"prompt": func() (object, []string) { return request(llama, marked(c.spec)), nil },
			"part": func() (object, []string) {
				return object{"model": llama, "messages": []object{
					{"role": "user", "content": []object{{"type": "text", "text": marked(c.spec)}}},
				}}, nil
			},
		} {
			t.Run(c.spec+", "+from, func(t *testing.T) {
				body, header := ask()
				if c.stream {
					body["stream"], body["stream_options"] = true, object{"include_usage": true}
				}
				w, torn := aborted(obedient(), marshal(t, body), header...)
				if torn != c.torn {
					t.Errorf("torn %v: %s", torn, w.Body)
				}
				if torn == (w.Header().Get("X-Emulator") != "") && !c.torn {
					t.Errorf("the headers are %v", w.Header())
				}
				if c.check != nil {
					c.check(t, read(t, w, c.torn || c.spec == "malformed"))
				}
			})
		}
	}
	// These are tested below, with a clock or a client that leaves, or with batches.
	for _, name := range []string{"hang", "delay", "times", "retry-after", "invalid", "stuck", "expire"} {
		tested[name] = true
	}
	for _, w := range emulator.FaultWords() {
		if name, _, _ := strings.Cut(w.Form, "="); !tested[name] || w.Meaning == "" {
			t.Errorf("%s is not tested or not explained", name)
		}
	}
}

func TestRequestedDelayAndHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		if w := post(t, obedient(), chatPath, request(llama, marked("delay=1.5s"))); w.Code != 200 || time.Since(began) != 1500*time.Millisecond {
			t.Errorf("%d after %v", w.Code, time.Since(began))
		}
		if w := leaving(t, obedient(), marshal(t, request(llama, marked("hang")))); w.Code != 200 || w.Body.Len() > 0 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		began = time.Now()
		if w := post(t, obedient(), chatPath, request(llama, marked("delay=3s 503"))); w.Code != 503 || time.Since(began) != 3*time.Second {
			t.Errorf("%d after %v", w.Code, time.Since(began))
		}
	})
}

// A fault with times=N is played N times in a row, then one request is answered. What is
// counted is a caller's own fault, so others do not disturb it.
func TestTimesOfARequestedFault(t *testing.T) {
	e := obedient()
	ask := func(spec, key string) int {
		return post(t, e, chatPath, request(llama, marked(spec)), "Authorization", "Bearer "+key).Code
	}
	for range 2 {
		for i, want := range []int{503, 503, 200} {
			if got := ask("503 times=2", "one"); got != want {
				t.Errorf("request %d: %d, want %d", i, got, want)
			}
			if i > 0 {
				continue
			}
			ask("503 times=2", "two")
			ask("429 times=1", "one")
		}
	}
	for i := range 5 {
		if got := ask("500", "one"); got != 500 {
			t.Errorf("request %d without times: %d", i, got)
		}
	}
}

func TestRequestedFaultsOfOtherEndpoints(t *testing.T) {
	vector := func(text string) object { return object{"model": "bge-m3", "input": text} }
	if w := post(t, obedient(), embedPath, vector(marked("429"))); w.Code != 429 {
		t.Errorf("an input: %d %s", w.Code, w.Body)
	}
	if w := post(t, obedient(), embedPath, vector(marked("no-usage"))); w.Code != 200 || strings.Contains(w.Body.String(), "usage") {
		t.Errorf("no usage: %d %.200s", w.Code, w.Body)
	}
	plain := post(t, obedient(), embedPath, vector("hi"))
	if w := post(t, obedient(), embedPath, vector(marked("delay=1ns"))); w.Body.String() != plain.Body.String() {
		t.Error("the marker is part of the vector")
	}
	for _, path := range []string{"/v1/models", "/rest/v1/models_v2"} {
		if w := serve(obedient(), http.MethodGet, path, "", "X-Emulator-Fault", "502"); w.Code != 502 {
			t.Errorf("%s: %d", path, w.Code)
		}
		w := serve(obedient(), http.MethodGet, path, "", "X-Emulator-Fault", "malformed")
		if w.Code != 200 || json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %.100s", path, w.Code, w.Body)
		}
	}
}

// A header wins over a prompt, an earlier message asks for nothing, and the model does not
// see what was asked for.
func TestWhereAFaultIsAskedFor(t *testing.T) {
	if w := post(t, obedient(), chatPath, request(llama, marked("503")), "X-Emulator-Fault", "429"); w.Code != 429 {
		t.Errorf("header and prompt: %d", w.Code)
	}
	got := complete(t, obedient(), object{"model": llama, "messages": []object{
		{"role": "system", "content": marked("500")}, {"role": "user", "content": marked("500")},
		{"role": "assistant", "content": "so far"}, {"role": "user", "content": "again"},
	}})
	if !strings.Contains(got.text(), `says: "again"`) {
		t.Errorf("earlier messages: %s", got.text())
	}
	if got := complete(t, obedient(), request(llama, "one [[fault: no-usage]] two [[fault: delay=1ms]]")); got.Usage != nil ||
		!strings.Contains(got.text(), `says: "one  two"`) {
		t.Errorf("two markers: %s", got.text())
	}
}

func TestMistakesInRequestedFaults(t *testing.T) {
	for spec, want := range map[string]string{
		"503 drop":            "status and drop contradict each other",
		"drop cut=1":          "drop and cut contradict each other",
		"cut=1 hang":          "cut and hang contradict each other",
		"empty refusal":       "empty and refusal contradict each other",
		"429 status=503":      "status is given twice",
		"delay=1s,delay=2s":   "delay is given twice",
		"503\u00a0drop":       "status and drop contradict each other",
		"explode":             `unknown word "explode"; the words are status=N, drop, hang, `,
		"200":                 `"200" is not allowed; give status=N: the answer is an error with this status, 400 to 599`,
		"-1":                  `"-1" is not allowed; give status=N`,
		"status=often":        `"status=often" is not allowed`,
		"status":              `"status" is not allowed`,
		"drop=yes":            `"drop=yes" is not allowed; give drop`,
		"cut=1001":            `"cut=1001" is not allowed`,
		"delay=11m":           `"delay=11m" is not allowed; give delay=DURATION`,
		"delay=-1s":           `"delay=-1s" is not allowed`,
		"delay=5":             `"delay=5" is not allowed`,
		"429 retry-after=-1":  `"retry-after=-1" is not allowed`,
		"retry-after=1 empty": "retry-after needs a status such as 429",
		"503 times=0":         `"times=0" is not allowed`,
		"times=2":             "no fault is named; the words are status=N",
		" , ":                 "no fault is named",
		"":                    "no fault is named",
	} {
		w := post(t, obedient(), chatPath, request(llama, marked(spec), object{"stream": true}))
		if got := refusal(t, w); w.Code != http.StatusBadRequest || !strings.Contains(got, want) || w.Header().Get("X-Emulator") == "" {
			t.Errorf("%q: %d %s, want %s", spec, w.Code, got, want)
		}
	}
	for body, want := range map[string]object{
		"cut needs a streamed chat completion": request(llama, marked("cut=1")),
		"is not followed by":                   request(llama, "hi [[fault: 503"),
	} {
		if w := post(t, obedient(), chatPath, want); w.Code != http.StatusBadRequest || !strings.Contains(refusal(t, w), body) {
			t.Errorf("%d %s, want %s", w.Code, w.Body, body)
		}
	}
	w := post(t, obedient(), embedPath, object{"model": "bge-m3", "input": marked("empty")})
	if w.Code != http.StatusBadRequest || !strings.Contains(refusal(t, w), "empty needs a chat completion") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	w = serve(obedient(), http.MethodGet, "/v1/models", "", "X-Emulator-Fault", "no-usage")
	if w.Code != http.StatusBadRequest || !strings.Contains(refusal(t, w), "no-usage needs a request to a model") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Neither a sandbox nor a test's emulator lets a prompt cause a fault.
func TestFaultsAreNotObeyedByDefault(t *testing.T) {
	got := complete(t, sandbox(), request(llama, marked("503")))
	if !strings.Contains(got.text(), "[[fault: 503]]") {
		t.Errorf("the answer is %s", got.text())
	}
	if w := post(t, sandbox(), chatPath, request(llama, "hi"), "X-Emulator-Fault", "503"); w.Code != 200 {
		t.Errorf("by header: %d", w.Code)
	}
}
