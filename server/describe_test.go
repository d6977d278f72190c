package server_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/gif"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// describeAnswer is describe-image's structured content.
type describeAnswer struct {
	Description string      `json:"description"`
	Images      []imageInfo `json:"images"`
	common
}

// imageInfo says what was sent of an image.
type imageInfo struct {
	MediaType string `json:"media_type"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	Bytes     int    `json:"bytes"`
	Resized   bool   `json:"resized"`
}

func TestAnImageCanBeGivenInManyWays(t *testing.T) {
	t.Parallel()
	photo := imageFile(t, "photo.jpg")
	folder, web := t.TempDir(), webOf(photo)
	t.Cleanup(web.Close)
	for _, name := range []string{"photo.jpg", "mit Blank & Ümläut.txt", filepath.Join("deep", "er", "photo")} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, photo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("photo.jpg", filepath.Join(folder, "link.jpg")); err != nil {
		t.Fatal(err)
	}
	fileURL := func(name string) string {
		return (&url.URL{Scheme: "file", Path: filepath.Join(folder, name)}).String()
	}
	r := connect(t, setup{provider: provider.Options{
		AllowDirs: []string{t.TempDir(), folder}, AllowImageHosts: []string{"127.0.0.1"}, AllowImageHTTP: true,
	}})
	for name, source := range map[string]string{
		"a data: URL":                        "data:image/jpeg;base64," + base64Of(photo),
		"a data: URL of the wrong type":      "data:image/gif;base64," + base64Of(photo),
		"a data: URL with percent signs":     "data:image/jpeg," + percentEncoded(photo),
		"base64, which begins like a path":   base64Of(photo),
		"base64 in lines":                    inLines(base64Of(photo)),
		"base64 of the URL alphabet":         strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(base64Of(photo)),
		"a path":                             filepath.Join(folder, "photo.jpg"),
		"a path within the allowed folder":   "photo.jpg",
		"a path with a name of another kind": filepath.Join(folder, "mit Blank & Ümläut.txt"),
		"a path deep below":                  "deep/er/photo",
		"a link that stays in the folder":    "link.jpg",
		"a file: URL":                        fileURL("photo.jpg"),
		"a file: URL with blanks":            fileURL("mit Blank & Ümläut.txt"),
		"a URL of an allowed host":           web.URL + "/photo",
		"a URL that redirects":               web.URL + "/moved",
	} {
		t.Run(name, func(t *testing.T) {
			r := r.in(t)
			var got describeAnswer
			r.succeed("describe-image", `{"image":`+quote(t, source)+`}`, &got)
			sent := r.sentImages()
			if len(sent) != 1 {
				t.Fatalf("%d images were sent", len(sent))
			}
			checkSame(t, sent[0], uprightPhoto(t), 3)
			r.checkNoMetadata()
			if diff := cmp.Diff([]imageInfo{{"image/jpeg", 360, 480, len(sent[0].data), false}}, got.Images); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
			if len(got.Warnings) != 0 {
				t.Errorf("warnings %v", got.Warnings)
			}
		})
	}
}

// webOf is a web server that has an image at /photo.
func webOf(content []byte) *httptest.Server {
	mux := http.NewServeMux()
	mux.Handle("/moved", http.RedirectHandler("/photo", http.StatusFound))
	mux.HandleFunc("/photo", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(content)
	})
	return httptest.NewServer(mux)
}

func percentEncoded(data []byte) string {
	return strings.ReplaceAll(url.QueryEscape(string(data)), "+", "%20")
}

func inLines(text string) string {
	var b strings.Builder
	for ; len(text) > 76; text = text[76:] {
		b.WriteString(text[:76] + "\r\n")
	}
	return b.String() + text
}

func TestWhatIsSentOfAnImage(t *testing.T) {
	t.Parallel()
	wide := gradient(3000, 600)
	for _, tt := range []struct {
		name, detail string
		data         []byte
		want         imageInfo // without its bytes
		pixels       image.Image
		warning      string
		says         string
	}{
		{"small", "", pngOf(t, gradient(90, 70)), imageInfo{"image/png", 90, 70, 0, false}, gradient(90, 70), "", ""},
		{"a single pixel", "", imageFile(t, "dot.png"), imageInfo{"image/png", 1, 1, 0, false}, decoded(t, "dot.png"), "", ""},
		{"large", "", pngOf(t, wide), imageInfo{"image/png", 2048, 410, 0, true}, gradient(2048, 410), "image_resized",
			"3000 × 600 to 2048 × 410"},
		{"large in high detail", "high", jpegOf(t, wide), imageInfo{"image/jpeg", 2048, 410, 0, true}, gradient(2048, 410), "image_resized",
			"2048 × 410"},
		{"large in low detail", "low", pngOf(t, wide), imageInfo{"image/png", 768, 154, 0, true}, gradient(768, 154), "image_resized",
			"768 × 154"},
		{"on its side in low detail", "low", imageFile(t, "photo.jpg"), imageInfo{"image/jpeg", 360, 480, 0, false}, uprightPhoto(t), "", ""},
		{"transparent", "", imageFile(t, "alpha.png"), imageInfo{"image/png", 120, 80, 0, false}, decoded(t, "alpha.png"), "", ""},
		{"CMYK", "", imageFile(t, "cmyk.jpg"), imageInfo{"image/jpeg", 200, 120, 0, false}, decoded(t, "cmyk.jpg"), "", ""},
		{"WebP", "", imageFile(t, "alpha-lossless.webp"), imageInfo{"image/webp", 120, 80, 0, false}, decoded(t, "alpha-lossless.webp"), "", ""},
		{"a GIF of 500 frames", "", imageFile(t, "frames500.gif"), imageInfo{"image/gif", 48, 32, 0, false}, decoded(t, "frames500.gif"),
			"image_first_frame", "first frame"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := connect(t, setup{})
			detail := ""
			if tt.detail != "" {
				detail = `,"detail":` + quote(t, tt.detail)
			}
			var got describeAnswer
			result := r.succeed("describe-image", `{"image":`+quote(t, dataURL(tt.data))+detail+`}`, &got)
			sent := r.sentImages()[0]
			tt.want.Bytes = len(sent.data)
			if diff := cmp.Diff([]imageInfo{tt.want}, got.Images); diff != "" {
				t.Errorf("images (-want +got):\n%s", diff)
			}
			if size := sent.Bounds().Size(); size != image.Pt(tt.want.Width, tt.want.Height) || sent.mediaType != tt.want.MediaType {
				t.Errorf("sent a %s of %v pixels", sent.mediaType, size)
			}
			checkSame(t, sent, tt.pixels, 3)
			r.checkNoMetadata()
			checkImageWarning(t, result, got, tt.warning, tt.says)
			if frames, err := gif.DecodeAll(bytes.NewReader(sent.data)); err == nil && len(frames.Image) != 1 {
				t.Errorf("%d frames were sent", len(frames.Image))
			}
			if strings.Contains(r.posts()[0], `"detail"`) {
				t.Error("the detail, which is applied already, was sent too")
			}
		})
	}
}

// checkImageWarning checks that a warning and the notes say what was done to an image.
func checkImageWarning(t *testing.T, result result, got describeAnswer, code, says string) {
	t.Helper()
	if code == "" {
		if len(got.Warnings) != 0 || len(result.texts) != 1 {
			t.Errorf("warnings %v, texts %q", got.Warnings, result.texts)
		}
		return
	}
	if len(got.Warnings) != 1 || got.Warnings[0].Code != code || !strings.HasPrefix(got.Warnings[0].Message,
		"image ") || !strings.Contains(got.Warnings[0].Message, says) {
		t.Fatalf("warnings %v, want %s that says %q", got.Warnings, code, says)
	}
	if len(result.texts) != 2 || !strings.Contains(result.texts[1], got.Warnings[0].Message) {
		t.Errorf("the notes are not in a second text: %q", result.texts)
	}
}

func TestDescribeImageAsksTheCheapestModelThatSees(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	var got describeAnswer
	result := r.succeed("describe-image", `{"image":"`+onePixel+`"}`, &got)
	cheapest := ""
	price := 1e9
	for _, m := range catalog.Snapshot().Models() {
		if m.Listed && m.HasInput("image") && m.Can(catalog.Chat) && *m.InputPrice < price {
			cheapest, price = m.ID, *m.InputPrice
		}
	}
	if got.Model != cheapest || got.RequestedModel != provider.DefaultVisionModel || got.ResolvedBy != "catalog" {
		t.Errorf("%s answered, for %q, resolved by %q; the cheapest is %s", got.Model, got.RequestedModel, got.ResolvedBy, cheapest)
	}
	if result.texts[0] != got.Description || !strings.Contains(got.Description, "1 image: image/png 1x1") {
		t.Errorf("text %q, description %q", result.texts[0], got.Description)
	}
	if got.Usage == nil || got.Cost == nil || got.Cost.Amount <= 0 || len(result.call.Attempts) != 1 || got.LatencyMS < 1 {
		t.Errorf("got %+v", got.common)
	}
	// The text in an image may be a prompt injection.
	var raw struct {
		Meta map[string]any `json:"_meta"`
	}
	if err := json.Unmarshal(r.wire.results["tools/call"], &raw); err != nil || raw.Meta["ai-endpoints-mcp/untrusted"] != true {
		t.Errorf("_meta is %v, %v", raw.Meta, err)
	}
	var sent sentChat
	if r.lastPost(&sent); !bytes.Contains(sent.Messages[0].Content, []byte("Describe what can be seen")) {
		t.Errorf("the default prompt is %s", sent.Messages[0].Content)
	}
}

func TestABlankPromptAboutAnImageIsTheDefaultOne(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	r.succeed("describe-image", `{"image":"`+onePixel+`","prompt":" \n"}`, nil)
	if post := r.posts()[0]; !strings.Contains(post, "Describe what can be seen") {
		t.Errorf("sent %s", post)
	}
}

func TestAModelThatSaysNothingAboutAnImage(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	r.Script(emulator.Fault{RawEvents: []string{piece(""), stopped, used, done}, Times: -1})
	var got describeAnswer
	result := r.succeed("describe-image", `{"image":"`+onePixel+`","model":"Qwen2.5-VL-72B-Instruct"}`, &got)
	if got.Description != "" || len(got.Images) != 1 || !strings.HasPrefix(result.texts[0], "No answer: ") || !slices.Contains(got.codes(),
		"empty_response") {
		t.Errorf("got %+v, texts %q", got, result.texts)
	}
}

func TestDescribeImageHandsItsSettingsOn(t *testing.T) {
	t.Parallel()
	r := connect(t, setup{})
	var got describeAnswer
	r.succeed("describe-image", `{"images":["`+onePixel+`",`+quote(t, base64Of(imageFile(t, "photo.jpg")))+`],
		"prompt":"Which is larger? <b>&</b>","model":"Qwen2.5-VL-72B-Instruct","max_tokens":"7","temperature":0.5}`, &got)
	var sent sentChat
	if r.lastPost(&sent); sent.Model != "Qwen2.5-VL-72B-Instruct" || sent.MaxTokens == nil || *sent.MaxTokens != 7 ||
		sent.Temperature == nil || *sent.Temperature != 0.5 {
		t.Errorf("sent %+v", sent)
	}
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(sent.Messages[0].Content, &parts); err != nil || len(parts) != 3 || parts[0].Text != "Which is larger? <b>&</b>" {
		t.Errorf("sent %.200s, %v", sent.Messages[0].Content, err)
	}
	if len(got.Images) != 2 || got.Images[0].MediaType != "image/png" || got.Images[1].MediaType != "image/jpeg" ||
		got.Images[1].Height != 480 {
		t.Errorf("the order of the images is lost: %+v", got.Images)
	}
	if !strings.Contains(strings.Join(got.codes(), " "), "truncated") {
		t.Errorf("the warnings are %v", got.codes())
	}
}

func TestADescriptionIsProgressToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := connect(t, setup{inMemory: true, upstream: emulator.Options{TokenDelay: 300 * time.Millisecond}})
		answer, err := r.tryCall(t.Context(), "describe-image", `{"image":"`+onePixel+`","model":"Qwen2.5-VL-72B-Instruct"}`, "t")
		if err != nil || answer.isError {
			t.Fatal(err, answer.texts)
		}
		synctest.Wait()
		var got describeAnswer
		if answer.decode(&got); got.Description == "" || spoken(t, r.of("t")) != got.Description || len(r.of("t")) < 4 {
			t.Errorf("together the messages are %q, the description is %q", spoken(t, r.of("t")), got.Description)
		}
	})
}
