package emulator_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Answers for which there is no memory are in the error file, which says so.
func TestTheOutputOfABatchIsBounded(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1})
	full := decode[fileObject](t, sendHuge(e, filesPath, 127<<20+900<<10, keyTwo...), 200)
	var content strings.Builder
	for i := range 100 {
		line := object{"custom_id": fmt.Sprint(i), "method": "POST", "url": embedPath, "body": object{"model": "bge-m3", "input": "hi"}}
		content.WriteString(marshal(t, line) + "\n")
	}
	b := createBatch(t, e, content.String(), object{"endpoint": embedPath})
	if b.RequestCounts.Completed == 0 || b.RequestCounts.Failed == 0 || b.RequestCounts.Total != 100 {
		t.Fatalf("it is %+v", b)
	}
	lines := readOutput(t, e, b.ErrorFileID)
	if len(lines) != b.RequestCounts.Failed || lines[0].Error.Code != "storage_full" || lines[0].Response != nil {
		t.Errorf("the errors are %+v", lines)
	}
	serve(e, "DELETE", filesPath+"/"+full.ID, "", keyTwo...)
	if b := createBatch(t, e, content.String(), object{"endpoint": embedPath}); b.RequestCounts.Completed != 100 {
		t.Errorf("with memory it is %+v", b)
	}
}

// Old batches make room for new ones.
func TestBatchesAreBounded(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: -1})
	f := uploadBatchFile(t, e, "x", keyOne...)
	body := object{"input_file_id": f.ID, "endpoint": chatPath}
	first := decode[batchObject](t, post(t, e, batchesPath, body, keyOne...), 200)
	for range 1000 {
		decode[batchObject](t, post(t, e, batchesPath, body, keyOne...), 200)
	}
	if w := serve(e, "GET", batchesPath+"/"+first.ID, "", keyOne...); w.Code != 404 {
		t.Errorf("the first one: %d", w.Code)
	}
}

// All that look at a batch at once see the same.
func TestManyLookAtABatch(t *testing.T) {
	e := emulator.New(emulator.Options{BatchTime: 20 * time.Millisecond})
	b := createBatch(t, e, chatLines(t, 200))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 20 {
				if i == 7 && j == 10 {
					serve(e, "POST", batchesPath+"/"+b.ID+"/cancel", "", keyOne...)
				}
				c := readBatch(t, e, b.ID).RequestCounts
				if c.Completed > c.Total || c.Failed > 0 {
					t.Errorf("the counts are %+v", c)
				}
				serve(e, "GET", filesPath, "", keyOne...)
				serve(e, "GET", batchesPath, "", keyOne...)
			}
		})
	}
	all.Wait()
}

// A client that stops in the middle of an upload is not waited for, however much it has sent.
func TestAnUploadThatStops(t *testing.T) {
	for _, path := range []string{filesPath, audioPath} {
		synctest.Test(t, func(t *testing.T) {
			listener := make(pipes, 1)
			e := emulator.New(emulator.Options{AnonymousBatches: true})
			s := e.StartOn(listener)
			server, client := net.Pipe()
			listener <- server
			began := time.Now()
			go func() {
				_, _ = fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n", path)
				_, _ = io.CopyN(client, huge(1<<20), 1000)
				<-time.After(50 * time.Second) // slow, but it goes on
				_, _ = io.WriteString(client, strings.Repeat("x", 1000))
			}()
			answer, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if took := time.Since(began); answer.StatusCode != http.StatusRequestTimeout || took != 110*time.Second {
				t.Errorf("%s: status %d after %v", path, answer.StatusCode, took)
			}
			_ = client.Close()
			close(listener)
			_ = s.Close()
		})
	}
}
