package emulator_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestABatchIsCompleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{BatchTime: seconds(10), RateLimit: true, PerMinute: 1, Latency: time.Hour})
		b := createBatch(t, e, chatLines(t, 8), object{"metadata": object{"name": "mine"}})
		began := time.Now()
		if b.Object != "batch" || b.Window != "24h" || b.Metadata["name"] != "mine" || b.ExpiresAt != began.Add(24*time.Hour).Unix() {
			t.Errorf("created %+v", b)
		}
		for _, c := range []struct {
			after          int
			status, counts string
		}{
			{0, "validating", "0+0/0"}, {1, "in_progress", "0+0/8"}, {2, "in_progress", "1+0/8"}, {5, "in_progress", "4+0/8"},
			{9, "finalizing", "8+0/8"}, {10, "completed", "8+0/8"}, {3600, "completed", "8+0/8"},
		} {
			<-time.After(time.Until(began.Add(seconds(c.after))))
			if b = readBatch(t, e, b.ID); b.Status != c.status || b.counts() != c.counts {
				t.Errorf("after %d s: %s with %s, want %s with %s", c.after, b.Status, b.counts(), c.status, c.counts)
			}
			if (b.OutputFileID != "") != (c.status == "completed") || b.ErrorFileID != "" {
				t.Errorf("after %d s: the files are %q and %q", c.after, b.OutputFileID, b.ErrorFileID)
			}
		}
		at := began.Unix()
		if b.CreatedAt != at || b.InProgressAt != at+1 || b.FinalizingAt != at+9 || b.CompletedAt != at+10 || b.FailedAt+b.ExpiredAt+b.CancelledAt != 0 {
			t.Errorf("the times are %+v", b)
		}
		checkOutput(t, e, b.OutputFileID)
	})
}

// checkOutput checks the answers to chatLines: what a synchronous call gets, in another order.
func checkOutput(t *testing.T, e *emulator.Emulator, fileID string) {
	t.Helper()
	var ids []string
	for _, line := range readOutput(t, e, fileID) {
		ids = append(ids, line.CustomID)
		if !strings.HasPrefix(line.ID, "batch_req_") || line.Error != nil || line.Response.StatusCode != 200 || line.Response.RequestID == "" {
			t.Errorf("the line is %+v", line)
		}
		var body wireAnswer
		if err := json.Unmarshal(line.Response.Body, &body); err != nil || body.Usage == nil || len(body.Choices) != 1 {
			t.Fatalf("%v in %s", err, line.Response.Body)
		}
		question := strings.Replace(line.CustomID, "line-", "question ", 1)
		if text := *body.Choices[0].Message.Content; !strings.Contains(text, question) || *body.Choices[0].FinishReason != "stop" {
			t.Errorf("%s is answered with %s", line.CustomID, text)
		}
	}
	if sorted := slices.Sorted(slices.Values(ids)); slices.Equal(ids, sorted) || len(slices.Compact(sorted)) != 8 {
		t.Errorf("the order is %v", ids)
	}
	if f := decode[fileObject](t, serve(e, "GET", filesPath+"/"+fileID, "", keyOne...), 200); f.Purpose != "batch_output" {
		t.Errorf("the file is %+v", f)
	}
}

// A batch that nobody looked at has its files, too, and the same answers.
func TestFilesOfABatchAreThereWithoutALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := sandbox()
		createBatch(t, e, chatLines(t, 2))
		<-time.After(2 * time.Second)
		files := decode[list[fileObject]](t, serve(e, "GET", filesPath+"?purpose=batch_output", "", keyOne...), 200)
		if len(files.Data) != 1 {
			t.Fatalf("the files are %+v", files)
		}
		if lines := readOutput(t, e, files.Data[0].ID); len(lines) != 2 || lines[0].CustomID != "line-1" {
			t.Errorf("the lines are %+v", lines)
		}
	})
	e := emulator.New(emulator.Options{BatchTime: -1})
	if b := createBatch(t, e, chatLines(t, 3)); b.Status != "completed" || b.OutputFileID == "" || b.counts() != "3+0/3" {
		t.Errorf("at once: %+v", b)
	}
}

func TestEmbeddingsInABatch(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1})
	line := object{"custom_id": "a", "method": "POST", "url": embedPath, "body": object{"model": "bge-m3", "input": "hi"}}
	b := createBatch(t, e, marshal(t, line), object{"endpoint": embedPath, "completion_window": nil})
	lines := readOutput(t, e, b.OutputFileID)
	alone := post(t, e, embedPath, object{"model": "bge-m3", "input": "hi"}).Body.String()
	if b.Window != "48h" || len(lines) != 1 || string(lines[0].Response.Body) != alone {
		t.Errorf("%s: %+v", b.Window, lines)
	}
}

func TestABatchFailsInValidation(t *testing.T) {
	line := func(id, method, url string, body any) string {
		return marshal(t, object{"custom_id": id, "method": method, "url": url, "body": body}) + "\n"
	}
	good := line("good", "POST", chatPath, object{"model": llama})
	for name, c := range map[string]struct {
		content string
		want    []batchIssue
	}{
		"an empty file":       {"", []batchIssue{{"empty_file", 0, "empty"}}},
		"blank lines":         {"\n \r\n", []batchIssue{{"empty_file", 0, "empty"}}},
		"not JSON":            {good + "oops\n", []batchIssue{{"invalid_json_line", 2, "not a request in JSON"}}},
		"a list":              {"[]\n", []batchIssue{{"invalid_json_line", 1, "not a request in JSON"}}},
		"two objects":         {strings.TrimSpace(good) + good, []batchIssue{{"invalid_json_line", 1, "not a request in JSON"}}},
		"a mark of Windows":   {"\ufeff" + good, []batchIssue{{"invalid_json_line", 1, "not a request in JSON"}}},
		"a repeated id":       {good + "\n" + good, []batchIssue{{"duplicate_custom_id", 3, "that of line 1"}}},
		"no id":               {line("", "POST", chatPath, object{}), []batchIssue{{"missing_required_parameter", 1, "custom_id"}}},
		"a long id":           {line(strings.Repeat("x", 513), "POST", chatPath, object{}), []batchIssue{{"invalid_custom_id", 1, "512"}}},
		"another method":      {line("a", "GET", chatPath, object{}), []batchIssue{{"invalid_method", 1, "POST"}}},
		"another endpoint":    {good + line("a", "POST", embedPath, object{}), []batchIssue{{"url_mismatch", 2, embedPath}}},
		"an unknown endpoint": {line("a", "POST", "/v1/nothing", object{}), []batchIssue{{"url_mismatch", 1, "/v1/nothing"}}},
		"no body":             {line("a", "POST", chatPath, nil), []batchIssue{{"missing_required_parameter", 1, "body"}}},
		"a list as body":      {line("a", "POST", chatPath, []int{}), []batchIssue{{"missing_required_parameter", 1, "body"}}},
		"two mistakes":        {"x\n" + good + "y", []batchIssue{{"invalid_json_line", 1, ""}, {"invalid_json_line", 3, ""}}},
		"many lines":          {strings.Repeat("x\n", 50_001), []batchIssue{{"too_many_tasks", 0, "50000"}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := sandbox()
				b := createBatch(t, e, c.content)
				if b.Status != "validating" || b.Errors != nil {
					t.Errorf("created %+v", b)
				}
				<-time.After(time.Second)
				if b = readBatch(t, e, b.ID); b.Status != "failed" || b.Errors == nil || b.FailedAt == 0 || b.counts() != "0+0/0" || b.OutputFileID+b.ErrorFileID != "" {
					t.Fatalf("after a second: %+v", b)
				}
				if len(b.Errors.Data) != len(c.want) {
					t.Fatalf("the errors are %+v", b.Errors)
				}
				for i, got := range b.Errors.Data {
					if want := c.want[i]; got.Code != want.Code || got.Line != want.Line || !strings.Contains(got.Message, want.Message) {
						t.Errorf("the error is %+v, want %+v", got, want)
					}
				}
			})
		})
	}
	many := createBatch(t, emulator.New(emulator.Options{BatchTime: -1}), strings.Repeat("x\n", 500))
	if len(many.Errors.Data) != 100 {
		t.Errorf("%d errors are told", len(many.Errors.Data))
	}
}

func TestCancelledBatches(t *testing.T) {
	for _, c := range []struct {
		after        int
		before       string
		done         int
		isCancelled  bool
		inProgressAt bool
	}{
		{0, "validating", 0, true, false}, {1, "in_progress", 0, true, true}, {5, "in_progress", 4, true, true},
		{9, "finalizing", 8, false, true}, {10, "completed", 8, false, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{BatchTime: seconds(10)})
			b := createBatch(t, e, chatLines(t, 8))
			<-time.After(seconds(c.after))
			if b = readBatch(t, e, b.ID); b.Status != c.before {
				t.Errorf("it is %s, want %s", b.Status, c.before)
			}
			w := serve(e, "POST", batchesPath+"/"+b.ID+"/cancel", "", keyOne...)
			if !c.isCancelled {
				if w.Code != 400 || refusal(t, w) != "Cannot cancel a batch with status '"+c.before+"'." {
					t.Errorf("%s: %d %s", c.before, w.Code, w.Body)
				}
				return
			}
			if got := decode[batchObject](t, w, 200); got.Status != "cancelling" || got.CancellingAt == 0 || got.OutputFileID != "" {
				t.Errorf("%s: %+v", c.before, got)
			}
			<-time.After(time.Second / 2)
			if w := serve(e, "POST", batchesPath+"/"+b.ID+"/cancel", "", keyOne...); w.Code != 200 {
				t.Errorf("a second time: %d %s", w.Code, w.Body)
			}
			<-time.After(time.Second / 2)
			b = readBatch(t, e, b.ID)
			if b.Status != "cancelled" || b.RequestCounts.Completed != c.done || b.CancelledAt != b.CancellingAt+1 ||
				(b.OutputFileID != "") != (c.done > 0) || (b.InProgressAt != 0) != c.inProgressAt {
				t.Errorf("%s: %+v", c.before, b)
			}
			if c.done > 0 && len(readOutput(t, e, b.OutputFileID)) != c.done {
				t.Errorf("the output has not %d lines", c.done)
			}
		})
	}
}
