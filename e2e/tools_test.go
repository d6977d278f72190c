package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

// photo is stored on its side; upright it has 360 × 480 pixels.
const photo = "../provider/media/testdata/photo.jpg"

func readPhoto(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(photo)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// folderWith returns a folder that holds the photo under a name.
func folderWith(t testing.TB, name string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, name), readPhoto(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// checkPhoto checks the answer of a model that saw the photo upright.
func checkPhoto(t *testing.T, got toolResult, err error) {
	t.Helper()
	if err != nil || got.isError {
		t.Fatalf("%+v, %v", got, err)
	}
	images, _ := got.structured["images"].([]any)
	if len(images) != 1 || !strings.Contains(got.texts[0], "1 image: image/jpeg 360x480") || got.structured["description"] != got.texts[0] {
		t.Fatalf("got %+v", got)
	}
	sent := images[0].(map[string]any)
	if sent["media_type"] != "image/jpeg" || sent["width"] != 360.0 || sent["height"] != 480.0 ||
		sent["resized"] != false || sent["bytes"].(float64) < 1000 {
		t.Errorf("sent %v", sent)
	}
}

var person = map[string]any{
	"type": "object", "required": []string{"name", "age"}, "additionalProperties": false,
	"properties": map[string]any{"name": map[string]any{"type": "string"}, "age": map[string]any{"type": "integer"}},
}

// checkPerson checks that the text is the data, and the data a person.
func checkPerson(t *testing.T, got toolResult, err error) {
	t.Helper()
	if err != nil || got.isError {
		t.Fatalf("%+v, %v", got, err)
	}
	var printed any
	if err := json.Unmarshal([]byte(got.texts[0]), &printed); err != nil || !reflect.DeepEqual(printed, got.structured["data"]) {
		t.Fatalf("%v: the text is %q, the data %v", err, got.texts[0], got.structured["data"])
	}
	data, _ := got.structured["data"].(map[string]any)
	name, _ := data["name"].(string)
	if data["age"] != 36.0 || name == "" || got.structured["mode"] != "json_schema" || got.structured["repairs"] != 0.0 {
		t.Errorf("got %v", got.structured)
	}
}

func TestAnAgentUsesTheTools(t *testing.T) {
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		folder := folderWith(t, "my photo.jpg")
		a := start("--sandbox", "--allow-dir", folder)
		checkTools(t, a)
		for _, source := range []string{
			filepath.Join(folder, "my photo.jpg"), "my photo.jpg", "file://" + folder + "/my%20photo.jpg",
			base64.StdEncoding.EncodeToString(readPhoto(t)), "data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(readPhoto(t)),
		} {
			got, err := a.call(testContext(t), "describe-image", map[string]any{"image": source}, "")
			checkPhoto(t, got, err)
		}
		got, err := a.call(testContext(t), "structured-extract", map[string]any{"text": "Ada is 36.", "schema": person}, "")
		checkPerson(t, got, err)
		schema, _ := json.Marshal(person)
		got, err = a.call(testContext(t), "structured-extract", map[string]any{
			"text": "Ada is 36.", "schema": string(schema), "images": "my photo.jpg",
		}, "")
		checkPerson(t, got, err)
		got, err = a.call(testContext(t), "resolve-virtual-model", map[string]any{"query": "multimodal@cheapest", "verify": true}, "")
		model, _ := got.structured["model"].(string)
		if err != nil || got.isError || model == "" || !strings.HasPrefix(got.texts[0], model+" (") {
			t.Errorf("resolve-virtual-model: %+v, %v", got, err)
		}
		got, err = a.call(testContext(t), "chat", map[string]any{"prompt": "hi"}, "")
		if err != nil || got.isError || got.structured["content"] != got.texts[0] {
			t.Errorf("chat: %+v, %v", got, err)
		}
		got, err = a.call(testContext(t), "embed", map[string]any{"input": "hi"}, "")
		if err != nil || got.isError || got.structured["count"] != 1.0 {
			t.Errorf("embed: %+v, %v", got, err)
		}
		got, err = a.call(testContext(t), "batch", map[string]any{"prompt": "Say {{input}}", "inputs": []string{"one", "two"}}, "")
		if results, _ := got.structured["results"].([]any); err != nil || got.isError || len(results) != 2 || got.structured["status"] != "completed" {
			t.Errorf("batch: %+v, %v", got, err)
		}
		if err := os.WriteFile(filepath.Join(folder, "talk.wav"), talk(), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err = a.call(testContext(t), "transcribe", map[string]any{"audio": "talk.wav", "timestamps": "word"}, "")
		if err != nil || got.isError || got.structured["text"] != "[emulator] A4 A5" || got.structured["duration_s"] != 1.0 {
			t.Errorf("transcribe: %+v, %v", got, err)
		}
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
}

// An image of a camera makes a message of megabytes.
func TestAnAgentSendsALargeImage(t *testing.T) {
	noise := image.NewGray(image.Rect(0, 0, 2500, 1600))
	for i, state := 0, uint32(1); i < len(noise.Pix); i++ {
		state = state*1664525 + 1013904223
		noise.Pix[i] = uint8(state >> 24)
	}
	var file bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&file, noise); err != nil {
		t.Fatal(err)
	}
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		encoded := base64.StdEncoding.EncodeToString(file.Bytes())
		got, err := start("--sandbox").call(contextWithin(t, time.Minute), "describe-image", map[string]any{"image": encoded}, "")
		if err != nil || got.isError || !strings.Contains(got.texts[0], "1 image: image/png 2048x1311") ||
			!strings.Contains(got.texts[1], "image_resized: image was scaled from 2500 × 1600 to 2048 × 1311") {
			t.Errorf("%.500v, %v", got, err)
		}
	})
}

func TestOnlyFilesOfTheAllowedFoldersAreRead(t *testing.T) {
	first, second, other := folderWith(t, "first.jpg"), folderWith(t, "second.jpg"), folderWith(t, "other.jpg")
	if err := os.Symlink(filepath.Join(other, "other.jpg"), filepath.Join(first, "link.jpg")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AI_ENDPOINTS_ALLOW_DIRS", first+string(os.PathListSeparator)+second)
	allowed := func(t *testing.T, a agent, path string) {
		t.Helper()
		got, err := a.call(testContext(t), "describe-image", map[string]any{"image": path}, "")
		checkPhoto(t, got, err)
	}
	refused := func(t *testing.T, a agent, path string) {
		t.Helper()
		got, err := a.call(testContext(t), "describe-image", map[string]any{"image": path}, "")
		failure, _ := got.structured["error"].(map[string]any)
		if err != nil || !got.isError || failure["code"] != "path_not_allowed" || !strings.HasPrefix(got.texts[0], "path_not_allowed: image: ") {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		byEnvironment := start("--sandbox")
		for _, path := range []string{filepath.Join(first, "first.jpg"), filepath.Join(second, "second.jpg"), "first.jpg", "second.jpg"} {
			allowed(t, byEnvironment, path)
		}
		for _, path := range []string{
			filepath.Join(other, "other.jpg"), filepath.Join(first, "..", filepath.Base(other), "other.jpg"),
			"link.jpg", first, "/etc/passwd",
		} {
			refused(t, byEnvironment, path)
		}
		byFlags := start("--sandbox", "--allow-dir", other, "--allow-dir", second)
		allowed(t, byFlags, filepath.Join(other, "other.jpg"))
		allowed(t, byFlags, filepath.Join(second, "second.jpg"))
		refused(t, byFlags, filepath.Join(first, "first.jpg"))
	})
	t.Setenv("AI_ENDPOINTS_ALLOW_DIRS", "")
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		refused(t, start("--sandbox"), filepath.Join(first, "first.jpg"))
	})
}

// The binary trusts the system's certificates, which a variable replaces.
func TestAnImageIsFetchedOverHTTPS(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SSL_CERT_FILE works on Linux only")
	}
	data := readPhoto(t)
	web := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }))
	t.Cleanup(web.Close)
	certificate := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", certificate)
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // which image downloads never use
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		arguments := map[string]any{"image": web.URL + "/photo"}
		got, err := start("--sandbox", "--allow-image-host", "127.0.0.1").call(testContext(t), "describe-image", arguments, "")
		checkPhoto(t, got, err)
		got, err = start("--sandbox").call(testContext(t), "describe-image", arguments, "")
		if err != nil || !got.isError || !strings.HasPrefix(got.texts[0], "url_blocked: image: ") {
			t.Errorf("without --allow-image-host: %+v, %v", got, err)
		}
	})
}

func TestCallDescribesAndExtracts(t *testing.T) {
	folder := folderWith(t, "a.jpg")
	call := func(arguments ...string) ([]byte, error) {
		return exec.CommandContext(testContext(t), binary, append([]string{"call", "--sandbox"}, arguments...)...).Output()
	}
	out, err := call("describe-image", "image=a.jpg", "--allow-dir", folder, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var described map[string]any
	if err := json.Unmarshal(out, &described); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	text, _ := described["description"].(string)
	checkPhoto(t, toolResult{texts: []string{text}, structured: described}, nil)
	schema, _ := json.Marshal(person)
	out, err = call("structured-extract", "text=Ada is 36.", "schema="+string(schema))
	var data map[string]any
	if err != nil || json.Unmarshal(out, &data) != nil || data["age"] != 36.0 {
		t.Errorf("%s, %v", out, err)
	}
}
