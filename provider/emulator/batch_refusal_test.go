package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A batch expires when its window is over before it is done, or when a fault says so.
func TestExpiredBatches(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		takes, window, lives time.Duration
		fault                string
		done                 int
	}{
		"the batch is too slow":   {40 * time.Hour, day, day, "", 5},
		"it is within its window": {40 * time.Hour, 2 * day, 0, "", 8},
		"stuck":                   {seconds(10), 3 * day, 3 * day, "stuck", 0},
		"expire":                  {seconds(10), day, seconds(10), "expire", 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{BatchTime: c.takes, RequestedFaults: true})
				options := object{"completion_window": fmt.Sprintf("%.0fh", c.window.Hours())}
				if c.fault != "" {
					options["metadata"] = object{"note": marked(c.fault)}
				}
				b := createBatch(t, e, chatLines(t, 8), options)
				if c.lives == 0 {
					<-time.After(c.takes)
					if b = readBatch(t, e, b.ID); b.Status != "completed" {
						t.Errorf("it is %+v", b)
					}
					return
				}
				<-time.After(c.lives - time.Second)
				if b = readBatch(t, e, b.ID); b.Status != "in_progress" || b.RequestCounts.Completed > c.done {
					t.Errorf("a second before: %+v", b)
				}
				<-time.After(time.Second)
				b = readBatch(t, e, b.ID)
				if b.Status != "expired" || b.ExpiredAt != time.Now().Unix() || b.RequestCounts.Total != 8 ||
					(b.OutputFileID != "") != (c.done > 0) || b.ErrorFileID != "" {
					t.Errorf("it is %+v", b)
				}
				if got := b.RequestCounts.Completed; got != c.done {
					t.Errorf("%d lines are done, want %d", got, c.done)
				}
			})
		})
	}
}

func TestABatchThatIsAskedToFail(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1, RequestedFaults: true})
	f := uploadBatchFile(t, e, chatLines(t, 1), keyOne...)
	body := object{"input_file_id": f.ID, "endpoint": chatPath}
	b := decode[batchObject](t, post(t, e, batchesPath, body, append(keyOne, "X-Emulator-Fault", "invalid")...), 200)
	if b.Status != "failed" || len(b.Errors.Data) != 1 || b.Errors.Data[0].Line != 1 {
		t.Errorf("it is %+v", b)
	}
	scripted := emulator.New(emulator.Options{BatchTime: -1})
	scripted.Script(emulator.Fault{Path: "/batches", Batch: emulator.BatchInvalid})
	if b := createBatch(t, scripted, chatLines(t, 1)); b.Status != "failed" {
		t.Errorf("scripted: %+v", b)
	}
	w := post(t, e, batchesPath, body, append(keyOne, "X-Emulator-Fault", "stuck expire")...)
	if w.Code != 400 || !strings.Contains(refusal(t, w), "stuck and expire contradict each other") {
		t.Errorf("two faults: %d %s", w.Code, w.Body)
	}
	w = post(t, e, chatPath, request(llama, marked("stuck")))
	if w.Code != 400 || !strings.Contains(refusal(t, w), "stuck needs a batch to be created") {
		t.Errorf("a chat: %d %s", w.Code, w.Body)
	}
	if w := post(t, e, batchesPath, body, append(keyOne, "X-Emulator-Fault", "503")...); w.Code != 503 {
		t.Errorf("a status: %d", w.Code)
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	e := sandbox()
	f := uploadBatchFile(t, e, chatLines(t, 1), keyOne...)
	for name, c := range map[string]struct {
		more   object
		status int
		want   string
	}{
		"no file":            {object{"input_file_id": "file-none"}, 404, "No such File object: file-none"},
		"an endpoint":        {object{"endpoint": "/v1/responses"}, 400, `"/v1/responses" is not supported`},
		"a window":           {object{"completion_window": "1h"}, 400, `"1h" is not supported`},
		"an unknown field":   {object{"priority": 1}, 400, "extra arguments"},
		"a type":             {object{"endpoint": 1}, 422, "endpoint"},
		"metadata of a list": {object{"metadata": []int{}}, 422, "metadata"},
		"a long value":       {object{"metadata": object{"a": strings.Repeat("x", 513)}}, 400, "512"},
	} {
		body := object{"input_file_id": f.ID, "endpoint": chatPath}
		for field, value := range c.more {
			body[field] = value
		}
		if w := post(t, e, batchesPath, body, keyOne...); w.Code != c.status || !strings.Contains(refusal(t, w), c.want) {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, c.want)
		}
	}
	if w := post(t, e, batchesPath, object{"endpoint": chatPath}, keyOne...); w.Code != 422 {
		t.Errorf("without a file: %d", w.Code)
	}
	if w := post(t, e, batchesPath, object{"input_file_id": f.ID, "endpoint": chatPath}, keyTwo...); w.Code != 404 {
		t.Errorf("another key's file: %d", w.Code)
	}
	b := createBatch(t, e, chatLines(t, 1))
	for _, path := range []string{"/" + b.ID, "/" + b.ID + "/cancel", "/batch_none"} {
		method := "GET"
		if strings.HasSuffix(path, "cancel") {
			method = "POST"
		}
		if w := serve(e, method, batchesPath+path, "", keyTwo...); w.Code != 404 || !strings.Contains(refusal(t, w), "No such Batch") {
			t.Errorf("another key's %s: %d %s", path, w.Code, w.Body)
		}
	}
}

// A key has at most five batches in progress; others are not in its way, and one that
// ends makes room.
func TestBatchesInProgressAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := sandbox()
		f, other := uploadBatchFile(t, e, chatLines(t, 1), keyOne...), uploadBatchFile(t, e, chatLines(t, 1), keyTwo...)
		create := func(id string, key []string) int {
			w := post(t, e, batchesPath, object{"input_file_id": id, "endpoint": chatPath}, key...)
			if w.Code != 200 && !strings.Contains(refusal(t, w), "5 batches in progress") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			return w.Code
		}
		for i := range 7 {
			if got, want := create(f.ID, keyOne), map[bool]int{true: 200, false: 429}[i < 5]; got != want {
				t.Errorf("batch %d: %d, want %d", i, got, want)
			}
		}
		if got := create(other.ID, keyTwo); got != 200 {
			t.Errorf("another key: %d", got)
		}
		<-time.After(2 * time.Second)
		if got := create(f.ID, keyOne); got != 200 {
			t.Errorf("after the end of the others: %d", got)
		}
		all := decode[list[batchObject]](t, serve(e, "GET", batchesPath+"?limit=4", "", keyOne...), 200)
		if len(all.Data) != 4 || !all.HasMore || all.Data[0].Status != "validating" || all.Data[1].Status != "completed" {
			t.Errorf("the list is %+v", all)
		}
		rest := decode[list[batchObject]](t, serve(e, "GET", batchesPath+"?after="+*all.LastID, "", keyOne...), 200)
		if len(rest.Data) != 2 || rest.HasMore {
			t.Errorf("the rest is %+v", rest)
		}
		for _, query := range []string{"limit=0", "limit=101", "limit=x", "after=batch_none"} {
			if w := serve(e, "GET", batchesPath+"?"+query, "", keyOne...); w.Code != 400 {
				t.Errorf("%s: %d", query, w.Code)
			}
		}
	})
}

// The input may be deleted while its batch runs; its memory is released at the end.
func TestTheInputOfARunningBatchIsDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := sandbox()
		f := decode[fileObject](t, sendHuge(e, filesPath, 100<<20, keyOne...), 200)
		b := decode[batchObject](t, post(t, e, batchesPath, object{"input_file_id": f.ID, "endpoint": chatPath}, keyOne...), 200)
		if w := serve(e, "DELETE", filesPath+"/"+f.ID, "", keyOne...); w.Code != 200 {
			t.Errorf("delete: %d", w.Code)
		}
		if w := sendHuge(e, filesPath, 60<<20, keyOne...); w.Code != 413 {
			t.Errorf("while it runs: %d", w.Code)
		}
		<-time.After(2 * time.Second)
		if b := readBatch(t, e, b.ID); b.Status != "failed" || b.InputFileID != f.ID {
			t.Errorf("it is %+v", b)
		}
		if w := sendHuge(e, filesPath, 60<<20, keyOne...); w.Code != 200 {
			t.Errorf("after its end: %d %s", w.Code, w.Body)
		}
	})
}
