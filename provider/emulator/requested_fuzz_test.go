package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Whatever is asked for is obeyed, or refused with a 400 that says why.
func FuzzRequestedFault(f *testing.F) {
	for _, w := range emulator.FaultWords() {
		f.Add(strings.NewReplacer("=N", "=429", "=DURATION", "=1ns").Replace(w.Form), true)
	}
	f.Add("503 [[fault: 1]] times=2, retry-after=0", false)
	f.Add("]] [[fault:", false)
	e := obedient()
	f.Fuzz(func(t *testing.T, spec string, stream bool) {
		if strings.Contains(spec, "delay") || strings.Contains(spec, "hang") {
			t.Skip("it would wait")
		}
		w, torn := aborted(e, marshal(t, request(llama, marked(spec), object{"stream": stream})))
		switch {
		case torn:
		case w.Code == http.StatusBadRequest:
			if strings.TrimSpace(refusal(t, w)) == "" {
				t.Errorf("%q is refused without a reason", spec)
			}
		case w.Code != http.StatusOK && (w.Code < 400 || w.Code > 599):
			t.Errorf("%q: status %d", spec, w.Code)
		}
	})
}
