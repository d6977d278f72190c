package server_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// badImage is a source that is refused wherever an image can be given.
type badImage struct {
	name, source, code string
	says               []string // what is wrong, and what is allowed
}

// hidden is in what must not be shown: files, web pages, and the paths and queries of
// URLs.
const hidden = secretPrompt

func badImages(t *testing.T) []badImage {
	png := pngOf(t, gradient(60, 40))
	svg := `<svg xmlns="http://www.w3.org/2000/svg"><text>` + hidden + `</text></svg>`
	return []badImage{
		{"blank", " ", "invalid_argument", []string{"blank", "https URL"}},
		{"not an image", dataURL([]byte(hidden + " is not an image, but a text")), "image_unreadable",
			[]string{"text", "PNG, JPEG, GIF or WebP"}},
		{"a PDF", dataURL([]byte("%PDF-1.7 " + hidden)), "image_unreadable", []string{"PDF", "PNG"}},
		{"an SVG", "data:image/svg+xml," + svg, "image_unreadable", []string{"SVG", "PNG, JPEG, GIF or WebP"}},
		{"the text of an SVG", svg, "image_unreadable", []string{"SVG", "PNG"}},
		{"base64 of an SVG", base64Of([]byte(svg)), "image_unreadable", []string{"SVG", "PNG"}},
		{"a PNG cut before its first row", dataURL(png[:45]), "image_unreadable", []string{"image/png", "ends too early", "whole file"}},
		{"a PNG of 60,000 × 60,000 pixels", dataURL(hugePNG()), "image_unreadable", []string{"60000 × 60000", "50 megapixels"}},
		{"zero bytes", "data:image/png;base64,", "image_unreadable", []string{"zero bytes", "PNG"}},
		{"broken base64", "data:image/png;base64,%%%", "invalid_argument", []string{"base64"}},
		{"a data: URL without data", "data:image/png;base64", "invalid_argument", []string{"comma", "data:image/png;base64,"}},
		{"neither URL nor base64 nor path", strings.Repeat("what? ", 1000), "invalid_argument", []string{"neither", "https URL"}},
		{"the metadata service", "http://169.254.169.254/" + hidden, "url_blocked", []string{"http", "https"}},
		{"the metadata service by https", "https://169.254.169.254/latest?x=" + hidden, "url_blocked",
			[]string{"not a public one", "public URL"}},
		{"localhost", "https://localhost/" + hidden, "url_blocked", []string{"localhost", "public"}},
		{"loopback", "https://127.0.0.1/", "url_blocked", []string{"127.0.0.1", "public"}},
		{"loopback of IPv6", "https://[::1]/", "url_blocked", []string{"public"}},
		{"a private address", "https://10.0.0.1/", "url_blocked", []string{"10.0.0.1", "public"}},
		{"a shared address", "https://100.64.1.2/", "url_blocked", []string{"public"}},
		{"a private address within IPv6", "https://[::ffff:192.168.1.1]/", "url_blocked", []string{"public"}},
		{"loopback behind NAT64", "https://[64:ff9b::7f00:1]/", "url_blocked", []string{"public"}},
		{"loopback as a number", "https://2130706433/", "url_blocked", []string{"unusual", "host name"}},
		{"another port", "https://example.com:22/", "url_blocked", []string{"port 22", "443"}},
		{"a password", "https://me:" + hidden + "@example.com/a.png", "url_blocked", []string{"password"}},
		{"another scheme", "ftp://example.com/a.png", "url_blocked", []string{"ftp", "https"}},
		{"a URL without a host", "https:///a.png", "invalid_argument", []string{"host", "https URL"}},
		{"a path outside", "/etc/passwd", "path_not_allowed", []string{"/etc/passwd", "--allow-dir"}},
		{"a path that leaves the folder", "../secret.png", "path_not_allowed", []string{"../secret.png", "--allow-dir"}},
		{"a path that leaves by a detour", "sub/../../secret.png", "path_not_allowed", []string{"--allow-dir"}},
		{"a file: URL outside", "file:///etc/passwd", "path_not_allowed", []string{"/etc/passwd"}},
		{"a file: URL that leaves", "file:///etc/%2e%2e/etc/passwd", "path_not_allowed", []string{"/etc/passwd"}},
		{"a file of another machine", "file://server/share/a.png", "path_not_allowed", []string{"another machine"}},
		{"a link that leaves", "out.png", "path_not_allowed", []string{"out.png", "links"}},
		{"a link to a device", "zero", "path_not_allowed", []string{"zero"}},
		{"a folder", "sub", "path_not_allowed", []string{"not a regular file"}},
		{"a FIFO", "fifo", "path_not_allowed", []string{"not a regular file"}},
		{"a missing file", "sub/missing.png", "image_unreadable", []string{"no file", "missing.png"}},
		{"a file that is not an image", "text.png", "image_unreadable", []string{"text", "PNG"}},
		{"an empty file", "empty.png", "image_unreadable", []string{"zero bytes"}},
		{"a file of 21 MB", "large.png", "payload_too_large", []string{"20 MB"}},
	}
}

// hugePNG has few bytes and a header that declares gigabytes of pixels.
func hugePNG() []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), 60_000)
	header = append(binary.BigEndian.AppendUint32(header, 60_000), 8, 6, 0, 0, 0)
	chunk := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	chunk = append(chunk, header...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(header))
	return append(chunk, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e\x00\x00\x00\x00IEND\xae\x42\x60\x82"...)
}

// badFolder is an allowed folder of files that must be refused.
func badFolder(t *testing.T) string {
	t.Helper()
	parent := t.TempDir()
	folder := filepath.Join(parent, "allowed")
	for _, err := range []error{
		os.MkdirAll(filepath.Join(folder, "sub"), 0o700),
		os.WriteFile(filepath.Join(parent, "secret.png"), pngOf(t, gradient(4, 4)), 0o600),
		os.WriteFile(filepath.Join(folder, "text.png"), []byte("this is "+hidden), 0o600),
		os.WriteFile(filepath.Join(folder, "empty.png"), nil, 0o600),
		os.WriteFile(filepath.Join(folder, "large.png"), nil, 0o600),
		os.Truncate(filepath.Join(folder, "large.png"), 21<<20),
		os.Symlink(filepath.Join(parent, "secret.png"), filepath.Join(folder, "out.png")),
		os.Symlink("/dev/zero", filepath.Join(folder, "zero")),
		makeFIFO(filepath.Join(folder, "fifo")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestABadImageIsExplainedAndNotSent(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := connect(t, setup{
		provider: provider.Options{AllowDirs: []string{badFolder(t)}},
		log:      slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
	})
	for _, bad := range badImages(t) {
		t.Run(bad.name, func(t *testing.T) {
			r := r.in(t)
			for _, place := range imagePlaces(t, bad.source) {
				checkRefusal(t, r, badInput{bad.name, place.tool, place.arguments, bad.code, place.parameter + ": ", bad.says})
			}
		})
	}
	checkAbsent(t, "log", log.String(), hidden)
}

// place is where an image can be given.
type place struct{ tool, parameter, arguments string }

func imagePlaces(t *testing.T, source string) []place {
	t.Helper()
	url := quote(t, source)
	return []place{
		{"describe-image", "image", `{"image":` + url + `}`},
		{"describe-image", "images[1]", `{"images":["` + onePixel + `",` + url + `]}`},
		{"structured-extract", "images[0]", `{"schema":{"type":"object"},"text":"x","images":[` + url + `]}`},
		{"chat", "messages[1].content[1].image_url.url", `{"messages":[{"role":"system","content":"x"},
			{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":` + url + `}}]}]}`},
	}
}

// checkRefusal calls a tool with input that no model should ever see.
func checkRefusal(t *testing.T, r *rig, bad badInput) {
	t.Helper()
	got := r.call(bad.tool, bad.arguments)
	if !got.isError {
		t.Fatalf("%s: no error, but %q", bad.tool, got.texts)
	}
	if posts := r.posts(); len(posts) > 0 {
		t.Fatalf("%s: a model was asked: %.500s", bad.tool, posts[len(posts)-1])
	}
	failed, text := got.failure(), got.texts[0]
	if failed.Code != bad.code || failed.Retryable {
		t.Errorf("%s: the code is %s (retryable: %v), want %s, in %q", bad.tool, failed.Code, failed.Retryable, bad.code, text)
	}
	if !strings.Contains(failed.Message, bad.parameter) || failed.Hint == "" {
		t.Errorf("%s: the message does not name %q, or the hint is missing: %q", bad.tool, bad.parameter, text)
	}
	for _, part := range bad.says {
		if !strings.Contains(text, part) {
			t.Errorf("%s: the text does not say %q: %q", bad.tool, part, text)
		}
	}
	if len(text) > maxExplanation || strings.Contains(text, "json:") || strings.Contains(text, "jsonschema validation failed") {
		t.Errorf("%s: the text is too long (%d bytes), or in a library's words: %q", bad.tool, len(text), text)
	}
	checkAbsent(t, "answer of "+bad.tool, text+string(got.structured), hidden)
}

// No redirect lets an answer of the web into the error.
func TestABadAnswerOfTheWebIsExplainedAndNotSent(t *testing.T) {
	t.Parallel()
	var private atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { private.Add(1) }))
	t.Cleanup(inside.Close)
	mux := http.NewServeMux()
	for path, target := range map[string]string{
		"/private": "http://10.0.0.1/" + hidden, "/metadata": "http://169.254.169.254/" + hidden,
		"/name": strings.Replace(inside.URL, "127.0.0.1", "localhost", 1) + "/" + hidden, "/again": "/again",
		"/file": "file:///etc/passwd",
	} {
		mux.Handle(path, http.RedirectHandler(target, http.StatusFound))
	}
	body := func(contentType, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte(text))
		}
	}
	mux.Handle("/page", body("text/html", hidden))
	mux.Handle("/lie", body("image/png", "<html>"+hidden+"</html>"))
	mux.Handle("/large", body("image/png", strings.Repeat("\x89PNG\r\n\x1a\n", 21<<17)))
	web, secure := httptest.NewServer(mux), httptest.NewUnstartedServer(mux)
	t.Cleanup(web.Close)
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	r := connect(t, setup{provider: provider.Options{AllowImageHosts: []string{"127.0.0.1"}, AllowImageHTTP: true}})
	for _, tt := range []struct {
		name, url, code string
		retryable       bool
		says            string
	}{
		{"a redirect to a private address", web.URL + "/private", "url_blocked", false, "10.0.0.1"},
		{"a redirect to the metadata service", web.URL + "/metadata", "url_blocked", false, "public"},
		{"a redirect to a name that is this machine", web.URL + "/name", "url_blocked", false, "port"},
		{"a redirect to a file", web.URL + "/file", "url_blocked", false, "file"},
		{"redirects without end", web.URL + "/again", "image_unreadable", true, "more than 3 times"},
		{"a page", web.URL + "/page", "image_unreadable", false, "something other than an image"},
		{"a page that says it is an image", web.URL + "/lie", "image_unreadable", false, "HTML"},
		{"21 MB", web.URL + "/large", "payload_too_large", false, "20 MB"},
		{"nothing there", web.URL + "/none", "image_unreadable", true, "404"},
		{"an unknown certificate", secure.URL + "/page", "image_unreadable", true, "certificate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := r.in(t)
			got := r.call("describe-image", fmt.Sprintf(`{"image":%q}`, tt.url+"?q="+hidden))
			if failed := got.failure(); failed.Code != tt.code || failed.Retryable != tt.retryable || !strings.HasPrefix(failed.Message,
				"image: ") || failed.Hint == "" || !strings.Contains(got.texts[0], tt.says) {
				t.Errorf("got %+v, want %s, retryable: %v, that says %q", failed, tt.code, tt.retryable, tt.says)
			}
			checkAbsent(t, "answer", got.texts[0]+string(got.structured), hidden)
			if posts := r.posts(); len(posts) > 0 {
				t.Errorf("a model was asked: %s", posts[0])
			}
		})
	}
	if n := private.Load(); n > 0 {
		t.Errorf("%d requests reached a host that is not allowed", n)
	}
}
