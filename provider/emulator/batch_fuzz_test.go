package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Whatever the file holds, the batch ends, and each of its lines has an answer.
func FuzzBatchInput(f *testing.F) {
	f.Add(chatLine(f, "a", "hi"))
	f.Add(chatLine(f, "a", marked("503")) + "\r\n\r\n" + chatLine(f, "b", marked("drop")))
	f.Add(`{"custom_id":"x","method":"POST","url":"` + chatPath + `","body":{"model":"gpt-oss-120b","messages":[]}}`)
	f.Add("\ufeff{}\n[]\nnull\n")
	e := emulator.New(emulator.Options{BatchTime: -1, RequestedFaults: true})
	f.Fuzz(func(t *testing.T, content string) {
		b := createBatch(t, e, content)
		for _, id := range []string{b.InputFileID, b.OutputFileID, b.ErrorFileID} {
			serve(e, "DELETE", filesPath+"/"+id, "", keyOne...)
		}
		c := b.RequestCounts
		switch b.Status {
		case "failed":
			if b.Errors == nil || len(b.Errors.Data) == 0 || c.Total != 0 {
				t.Fatalf("failed: %+v", b)
			}
		case "completed":
			if c.Total == 0 || c.Total != c.Completed+c.Failed || (b.OutputFileID != "") != (c.Completed > 0) || (b.ErrorFileID != "") != (c.Failed > 0) {
				t.Fatalf("completed: %+v", b)
			}
		default:
			t.Fatalf("it is %s", b.Status)
		}
	})
}

func TestABatchIsLinear(t *testing.T) {
	took := func(n int) time.Duration {
		var content strings.Builder
		for i := range n {
			fmt.Fprintf(&content, `{"custom_id":"%d","method":"POST","url":"%s","body":{"model":"none"}}`+"\n", i, chatPath)
		}
		e := emulator.New(emulator.Options{BatchTime: -1})
		began := time.Now()
		if b := createBatch(t, e, content.String()); b.RequestCounts.Failed != n {
			t.Fatalf("it is %+v", b)
		}
		return time.Since(began)
	}
	took(500)
	if small, large := took(2000), took(16_000); large > 40*small {
		t.Errorf("eight times the lines take %v in place of %v", large, small)
	}
}
