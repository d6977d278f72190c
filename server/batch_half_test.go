package server_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// halfPriced is the structured content of batch with an id.
type halfPriced struct {
	batchAnswer
	ID string `json:"id"`
}

func TestBatchAtHalfThePrice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{BatchTime: time.Minute}, provider: provider.Options{
			APIKey: "sk-half", WriteDir: folder, MaxCost: 1,
		}})
		ask := func(arguments string) (got halfPriced, said string) {
			t.Helper()
			answer := r.call("batch", arguments)
			answer.decode(&got)
			return got, answer.texts[0]
		}
		made, said := ask(`{"mode":"half_price","model":"gpt-oss-20b","prompt":"About {{input}}.","inputs":` + numbered(t, 3) + `}`)
		if made.ID == "" || made.Status != "validating" || made.Total != 3 || !strings.Contains(said, made.ID) || !strings.Contains(said, "UTC at the latest") {
			t.Fatalf("submitted: %+v, %s", made, said)
		}
		<-time.After(30 * time.Second)
		if got, said := ask(fmt.Sprintf(`{"id":%q}`, made.ID)); got.Status != "in_progress" || got.Results != nil || !strings.Contains(said, "is in_progress") {
			t.Errorf("later: %+v, %s", got, said)
		}
		<-time.After(time.Minute)
		got, said := ask(fmt.Sprintf(`{"id":%q}`, made.ID))
		if got.Status != "completed" || got.Done != 3 || len(got.Results) != 3 || !strings.Contains(got.Results[2].Content, "item002") || got.Cost == nil {
			t.Errorf("at the end: %+v, %s", got, said)
		}
		got, _ = ask(fmt.Sprintf(`{"id":%q,"save_to":"out.jsonl","delete":true}`, made.ID))
		if got.Saved == nil || got.Results != nil {
			t.Errorf("saved: %+v", got)
		}
		if got, said = ask(fmt.Sprintf(`{"id":%q}`, made.ID)); got.Status != "" || !strings.HasPrefix(said, "invalid_argument: id: the results") {
			t.Errorf("after it was deleted: %+v", got)
		}
	})
}

func TestABatchIsCancelledAndItsFilesDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{BatchTime: time.Hour}, provider: provider.Options{APIKey: "sk-half"}})
		ask := func(arguments string) (got halfPriced, said string) {
			t.Helper()
			answer := r.call("batch", arguments)
			answer.decode(&got)
			return got, strings.Join(answer.texts, "\n")
		}
		made, _ := ask(`{"mode":"half_price","model":"gpt-oss-20b","prompt":"About {{input}}.","inputs":` + numbered(t, 3) + `}`)
		if _, said := ask(fmt.Sprintf(`{"id":%q,"delete":true}`, made.ID)); !strings.Contains(said, "could not be deleted") {
			t.Errorf("deleted while it goes on: %s", said)
		}
		if got, said := ask(fmt.Sprintf(`{"id":%q,"cancel":true}`, made.ID)); !strings.HasPrefix(got.Status, "cancel") {
			t.Errorf("cancelled: %+v, %s", got, said)
		}
		<-time.After(2 * time.Hour)
		if got, said := ask(fmt.Sprintf(`{"id":%q,"cancel":true}`, made.ID)); got.Status != "cancelled" || !strings.Contains(said, "argument_ignored") {
			t.Errorf("cancelled again: %+v, %s", got, said)
		}
		for range 2 { // the second time there is nothing left to delete
			if got, said := ask(fmt.Sprintf(`{"id":%q,"delete":true}`, made.ID)); got.Status == "" || strings.Contains(said, "could not") {
				t.Errorf("deleted: %+v, %s", got, said)
			}
		}
	})
}

func TestBatchAtHalfThePriceRefuses(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{provider: provider.Options{APIKey: "sk-half"}})
	for arguments, says := range map[string]string{
		`{"cancel":true}`: "id is missing", `{"delete":true}`: "id is missing", `{"id":"a","cancel":true,"delete":true}`: "both given",
		`{"id":"a","cancel":true,"save_to":"x.jsonl"}`: "cancel and save_to", `{"id":"a","inputs":["b"]}`: "id is given with inputs",
		`{"mode":"half_price"}`: "prompt is missing", `{"id":"batch_unknown"}`: "no batch batch_unknown", `{"id":"../x"}`: "not the id of a batch",
		`{"mode":"half_price","prompt":"{{input}}","inputs":["a"],"save_to":"x.jsonl"}`: "save_to",
	} {
		if said := r.call("batch", arguments).texts[0]; !strings.Contains(said, says) || !strings.HasPrefix(said, "invalid_argument") {
			t.Errorf("%s: got %s", arguments, said)
		}
	}
}
