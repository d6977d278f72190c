package provider

import "testing"

// Whatever a service answers, no time is impossible and no word is there twice.
func FuzzTranscript(f *testing.F) {
	for _, seed := range []string{
		`{"text":"a b","segments":[{"start":0,"end":1,"text":"a","words":[{"start":0,"end":1,"word":"a"}]}],"words":[{"start":0,"end":1,"word":"a"}]}`,
		`{"text":"a","diarization":[{"speaker":1,"start":0,"end":2}],"words":[{"start":1,"end":0,"word":"b"}],"usage":{"seconds":1e300}}`,
		`{"text":null,"error":{"message":"no"}}`, `{"text":"","success":false}`, `{"segments":[{"start":"x","end":-1,"text":5},7]}`, `"text"`, `[{}]`, "text",
	} {
		f.Add(seed)
	}
	p, err := New(Options{BaseURL: "http://127.0.0.1:9/v1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(p.Close)
	f.Fuzz(func(t *testing.T, body string) {
		var h heard
		if err := p.client.readTranscript(t.Context(), &h, []byte(body), true); err != nil {
			return
		}
		within := 0
		for _, s := range h.segments {
			within += len(s.Words)
		}
		words := 0
		for _, s := range h.joined() {
			words += len(s.Words)
			if !(s.Start >= 0 && s.End >= s.Start && s.End < 1e12) {
				t.Errorf("%q: a segment from %g to %g", body, s.Start, s.End)
			}
		}
		if words > max(within, len(h.words)) {
			t.Errorf("%q: %d words of %d and %d", body, words, within, len(h.words))
		}
	})
}
