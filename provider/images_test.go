package provider_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// pixels returns a PNG as a data: URL.
func pixels(t testing.TB, width, height int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())
}

func shows(urls ...string) []provider.Message {
	parts := []provider.Part{{Type: "text", Text: "What is it?"}}
	for _, url := range urls {
		parts = append(parts, provider.Part{Type: "image_url", ImageURL: &provider.ImageURL{URL: url}})
	}
	return []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Parts: parts}}}
}

func TestImagesArePreparedWithoutChangingTheRequest(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	large, small := pixels(t, 2100, 3), pixels(t, 5, 7)
	messages := append(shows(large), shows(small, large)...)
	messages[1].Content.Parts[2].ImageURL.Detail = "low"
	before := quoteAll(t, messages)
	result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Messages: messages})
	if err != nil {
		t.Fatal(err)
	}
	if after := quoteAll(t, messages); after != before {
		t.Error("the caller's messages were changed")
	}
	var got []string
	for _, p := range result.Images {
		got = append(got, fmt.Sprintf("%s %d×%d %v", p.MediaType, p.Width, p.Height, p.Resized))
		if p.Bytes < 60 {
			t.Errorf("an image of %d bytes", p.Bytes)
		}
	}
	if diff := cmp.Diff([]string{"image/png 2048×3 true", "image/png 5×7 false", "image/png 768×1 true"}, got); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]provider.WarningCode{provider.WarnImageResized, provider.WarnImageResized}, codes(result.Warnings)[:2]); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	// The two messages became one; the images are in order, and the texts are kept.
	parts := sentBody(t, e, chatPath)["messages"].([]any)[0].(map[string]any)["content"].([]any)
	var kinds []any
	for _, part := range parts {
		kinds = append(kinds, part.(map[string]any)["type"])
	}
	if diff := cmp.Diff([]any{"text", "image_url", "text", "image_url", "image_url"}, kinds); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func quoteAll(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestImagesThatAreRefused(t *testing.T) {
	t.Parallel()
	one := pixels(t, 1, 1)
	large := "data:image/png;base64," + base64.StdEncoding.EncodeToString(make([]byte, 21<<20))
	for _, tt := range []struct {
		name     string
		messages []provider.Message
		model    string
		code     provider.Code
		says     string
	}{
		{"six in one message", shows(one, one, one, one, one, one), "", provider.CodeInvalidArgument,
			"messages[0].content[6].image_url.url: there are 6 images"},
		{"six in the last message", append(shows(one), shows(one, one, one, one, one, one)...), "", provider.CodeInvalidArgument,
			"messages[1].content[6].image_url.url: there are 6 images"},
		{"21 MB", shows(one, large), "", provider.CodePayloadTooLarge, "messages[0].content[2].image_url.url: the image has more than 20 MB"},
		{"a model that is blind", shows(one), "gpt-oss-20b", provider.CodeUnsupported, "gpt-oss-20b does not take images"},
		{"a query for models that are blind", shows(one), "gpt-oss@latest", provider.CodeNoMatch, ""},
		{"not an image", shows("data:image/png;base64,AAAA"), "", provider.CodeImageUnreadable, "messages[0].content[1].image_url.url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			_, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Messages: tt.messages, Model: tt.model})
			if failed := wantCode(t, err, tt.code); !strings.Contains(failed.Message, tt.says) || failed.Retryable || failed.Hint == "" {
				t.Errorf("got %+v, want %q", failed, tt.says)
			}
			if n := len(e.Calls(chatPath)); n != 0 {
				t.Errorf("%d requests went out", n)
			}
		})
	}
}

// A silent web server delays a call no longer than the call's deadline or context.
func TestAnImageThatNeverArrivesEndsWithTheCall(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 10)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(web.Close)
	e := emulator.New(emulator.Options{})
	p := connect(t, e, withTimeout(2*time.Second), func(o *provider.Options) {
		o.AllowImageHosts, o.AllowImageHTTP = []string{"127.0.0.1"}, true
	})
	_, err := p.Chat(t.Context(), provider.ChatRequest{Messages: shows(web.URL, pixels(t, 1, 1))})
	_ = wantCode(t, err, provider.CodeUpstreamTimeout)
	<-asked

	p = connect(t, e, func(o *provider.Options) { o.AllowImageHosts, o.AllowImageHTTP = []string{"127.0.0.1"}, true })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	_, err = p.Extract(ctx, provider.ExtractRequest{
		Schema: json.RawMessage(`{"type":"object"}`),
		Images: []provider.ImageURL{{URL: web.URL, Label: "images[0]"}},
	})
	_ = wantCode(t, err, provider.CodeCancelled)
	if n := len(e.Calls(chatPath)); n != 0 {
		t.Errorf("%d requests went out", n)
	}
}

// The catalogue's figure of a model, if it has one, is how many images it gets.
func TestTilesAreAsManyAsTheModelTakes(t *testing.T) {
	t.Parallel()
	snapshot, err := os.ReadFile("catalog/snapshot-catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	two := regexp.MustCompile(`"max_images_per_prompt": *5`).ReplaceAll(snapshot, []byte(`"max_images_per_prompt": 2`))
	for _, tt := range []struct {
		catalog []byte
		want    int
	}{{snapshot, 5}, {two, 2}} {
		e := emulator.New(emulator.Options{Catalog: tt.catalog})
		p := connect(t, e)
		result, err := p.Chat(t.Context(), provider.ChatRequest{Messages: shows(pixels(t, 100, 20_000)), Model: "Qwen2.5-VL-72B-Instruct"})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Images) != tt.want {
			t.Errorf("%d images, want %d", len(result.Images), tt.want)
		}
		one := pixels(t, 1, 1)
		_, err = p.Chat(t.Context(), provider.ChatRequest{Messages: shows(one, one, one), Model: "Qwen2.5-VL-72B-Instruct"})
		if tooMany := err != nil; tooMany != (tt.want < 3) {
			t.Errorf("three images, of %d: %v", tt.want, err)
		}
	}
}
