package emulator_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := sandbox()
		f := uploadBatchFile(t, e, "hello\n", keyOne...)
		want := fileObject{f.ID, "file", "requests.jsonl", "batch", "processed", 6, time.Now().Unix(), time.Now().Add(15 * 24 * time.Hour).Unix()}
		if f != want || !strings.HasPrefix(f.ID, "file-") {
			t.Errorf("created %+v", f)
		}
		second := uploadBatchFile(t, e, "hello\n", keyOne...)
		if second.ID == f.ID {
			t.Error("two files have one id")
		}
		if got := decode[fileObject](t, serve(e, "GET", filesPath+"/"+f.ID, "", keyOne...), 200); got != want {
			t.Errorf("read %+v", got)
		}
		if w := serve(e, "GET", filesPath+"/"+f.ID+"/content", "", keyOne...); w.Code != 200 || w.Body.String() != "hello\n" {
			t.Errorf("content: %d %q", w.Code, w.Body)
		}
		all := decode[list[fileObject]](t, serve(e, "GET", filesPath+"?limit=1", "", keyOne...), 200)
		if len(all.Data) != 1 || all.Data[0].ID != second.ID || !all.HasMore || *all.LastID != second.ID {
			t.Errorf("the list is %+v", all)
		}
		rest := decode[list[fileObject]](t, serve(e, "GET", filesPath+"?purpose=batch&after="+second.ID, "", keyOne...), 200)
		if len(rest.Data) != 1 || rest.Data[0].ID != f.ID || rest.HasMore {
			t.Errorf("the rest is %+v", rest)
		}
		for _, other := range [][2]string{{"GET", ""}, {"GET", "/content"}, {"DELETE", ""}} {
			if w := serve(e, other[0], filesPath+"/"+f.ID+other[1], "", keyTwo...); w.Code != 404 || !strings.Contains(refusal(t, w), f.ID) {
				t.Errorf("another key's %s%s: %d %s", other[0], other[1], w.Code, w.Body)
			}
		}
		if w := serve(e, "DELETE", filesPath+"/"+f.ID, "", keyOne...); w.Code != 200 || !strings.Contains(w.Body.String(), `"deleted":true`) {
			t.Errorf("delete: %d %s", w.Code, w.Body)
		}
		if w := serve(e, "GET", filesPath+"/"+f.ID, "", keyOne...); w.Code != 404 {
			t.Errorf("after the deletion: %d", w.Code)
		}
		<-time.After(15 * 24 * time.Hour)
		if got := decode[list[fileObject]](t, serve(e, "GET", filesPath, "", keyOne...), 200); len(got.Data) != 0 || got.FirstID != nil {
			t.Errorf("after 15 days there are %+v", got)
		}
	})
}

func TestUploadsThatAreRefused(t *testing.T) {
	batch := field{"purpose", "batch"}
	file := field{"file", "{}"}
	many := make([]field, 101)
	for i := range many {
		many[i] = field{"note", "x"}
	}
	for name, c := range map[string]struct {
		fields []field
		status int
		want   string
	}{
		"no file":          {[]field{batch}, 422, "missing field `file`"},
		"no purpose":       {[]field{file}, 400, "purpose"},
		"another purpose":  {[]field{{"purpose", "fine-tune"}, file}, 400, `"fine-tune" is not supported`},
		"two files":        {[]field{batch, file, file}, 400, "only one"},
		"a long field":     {[]field{{"purpose", strings.Repeat("x", 65<<10)}, file}, 400, "longer than"},
		"many fields":      {many, 400, "more than 100 fields"},
		"the purpose last": {[]field{file, batch}, 200, ""},
	} {
		if w := upload(t, sandbox(), filesPath, c.fields, keyOne...); w.Code != c.status || c.status > 200 && !strings.Contains(refusal(t, w), c.want) {
			t.Errorf("%s: %d %s, want %s", name, w.Code, w.Body, c.want)
		}
	}
	w := serve(sandbox(), "POST", filesPath, "{}", "Content-Type", "application/json", "Authorization", "Bearer one")
	if w.Code != 400 || !strings.Contains(refusal(t, w), "multipart/form-data") {
		t.Errorf("JSON: %d %s", w.Code, w.Body)
	}
	w = serve(sandbox(), "POST", filesPath, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncut",
		"Content-Type", "multipart/form-data; boundary=x", "Authorization", "Bearer one")
	if w.Code != 400 || !strings.Contains(refusal(t, w), "cannot be read") {
		t.Errorf("a cut form: %d %s", w.Code, w.Body)
	}
}

// Only keys have files and batches, unless the emulator is the sandbox's.
func TestFilesNeedAKey(t *testing.T) {
	locked := emulator.New(emulator.Options{Key: "secret"})
	for path, method := range map[string]string{
		filesPath: "GET", filesPath + "/x": "GET", filesPath + "/x/content": "GET", filesPath + "/y": "DELETE",
		"/v1/batches": "POST", "/v1/batches/x": "GET", "/v1/batches/x/cancel": "POST",
	} {
		for _, c := range []struct {
			e      *emulator.Emulator
			header []string
			status int
		}{{sandbox(), nil, 401}, {locked, keyOne, 403}, {locked, []string{"Authorization", "Basic x"}, 401}} {
			if w := serve(c.e, method, path, "", c.header...); w.Code != c.status {
				t.Errorf("%s %s: %d, want %d", method, path, w.Code, c.status)
			}
		}
	}
	form := []field{{"purpose", "batch"}, {"file", "{}"}}
	if w := upload(t, sandbox(), filesPath, form); w.Code != 401 {
		t.Errorf("an upload without a key: %d", w.Code)
	}
	open := emulator.New(emulator.Options{AnonymousBatches: true})
	f := uploadBatchFile(t, open, "{}")
	if w := serve(open, "GET", filesPath+"/"+f.ID, ""); w.Code != 200 {
		t.Errorf("without a key: %d", w.Code)
	}
	if w := serve(open, "GET", filesPath+"/"+f.ID, "", keyOne...); w.Code != 404 {
		t.Errorf("with a key: %d", w.Code)
	}
}

// The files of an emulator are bounded together. What is refused or deleted takes nothing.
func TestFilesAreBounded(t *testing.T) {
	e := sandbox()
	f := decode[fileObject](t, sendHuge(e, filesPath, 100<<20, keyOne...), 200)
	for range 3 {
		if w := sendHuge(e, filesPath, 29<<20, keyTwo...); w.Code != 413 || !strings.Contains(refusal(t, w), "holds at most 128 MB") {
			t.Errorf("files over the limit: %d %s", w.Code, w.Body)
		}
	}
	decode[fileObject](t, sendHuge(e, filesPath, 27<<20, keyTwo...), 200)
	if w := serve(e, "DELETE", filesPath+"/"+f.ID, "", keyOne...); w.Code != 200 {
		t.Errorf("delete: %d", w.Code)
	}
	decode[fileObject](t, sendHuge(e, filesPath, 29<<20, keyTwo...), 200)
}

func TestFaultsOfFiles(t *testing.T) {
	e := emulator.New(emulator.Options{RequestedFaults: true})
	f := uploadBatchFile(t, e, "hello\n", keyOne...)
	for path, method := range map[string]string{
		filesPath: "GET", filesPath + "/" + f.ID: "GET", filesPath + "/" + f.ID + "/content": "GET", "/v1/batches": "GET",
	} {
		if w := serve(e, method, path, "", append(keyOne, "X-Emulator-Fault", "503")...); w.Code != 503 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if w := upload(t, e, filesPath, []field{{"purpose", "batch"}, {"file", "x"}}, append(keyOne, "X-Emulator-Fault", "500")...); w.Code != 500 {
		t.Errorf("an upload: %d", w.Code)
	}
	e.Script(emulator.Fault{Path: "/files/*/content", Status: 502}, emulator.Fault{Path: "/files", Method: "POST", Status: 504})
	for _, want := range []int{502, 200} {
		if w := serve(e, "GET", filesPath+"/"+f.ID+"/content", "", keyOne...); w.Code != want {
			t.Errorf("content: %d, want %d", w.Code, want)
		}
	}
	if w := serve(e, "GET", filesPath, "", keyOne...); w.Code != 200 {
		t.Errorf("a list: %d", w.Code)
	}
	if w := upload(t, e, filesPath, nil, keyOne...); w.Code != 504 {
		t.Errorf("a scripted upload: %d", w.Code)
	}
}

// An upload is recorded with its form.
func TestUploadsAreRecorded(t *testing.T) {
	e := sandbox()
	e.Record()
	uploadBatchFile(t, e, "hello\n", keyOne...)
	got := e.Calls("/files")
	if len(got) != 1 || got[0].FileName != "requests.jsonl" || got[0].FileBytes != 6 || string(got[0].Body) != "hello\n" ||
		got[0].Form["purpose"][0] != "batch" {
		t.Errorf("recorded %+v", got)
	}
}
