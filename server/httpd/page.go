package httpd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

const pagePath = "/"

// page is the catalogue to look at in a browser. It holds no data: its script reads them
// from the MCP endpoint, as any client does.
type page struct {
	html []byte
	tag  string // ETag
}

func newPage(endpoint string) *page {
	html := view.Page(strings.TrimPrefix(endpoint, pagePath))
	sum := sha256.Sum256(html)
	return &page{html: html, tag: strconv.Quote(hex.EncodeToString(sum[:12]))}
}

// pageChain is the middleware of a request for the page, outermost first.
func (e *Endpoint) pageChain() http.Handler {
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { e.page.answer(w, r, http.StatusOK) })
	return wrap(answer,
		onlyRead("this is a page for browsers"),
		e.checkHost,
		e.checkPageOrigin,
		e.authenticatePage,
		e.limitRate,
		e.admit,
	)
}

// checkPageOrigin lets links of other pages lead here: those pages see nothing of the answer.
func (e *Endpoint) checkPageOrigin(next http.Handler) http.Handler {
	checked := e.checkOrigin(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		if h.Get("Origin") == "" && h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document" {
			next.ServeHTTP(w, r)
			return
		}
		checked.ServeHTTP(w, r)
	})
}

// authenticatePage answers a request without a valid token with the page too: a browser
// sends none when it opens an address, and the page asks for one.
func (e *Endpoint) authenticatePage(next http.Handler) http.Handler {
	return e.authenticateOr(next, func(w http.ResponseWriter, r *http.Request, f *refusal) {
		info := requestInfoFrom(r.Context())
		if f.status != http.StatusUnauthorized {
			f.answer(w, info)
			return
		}
		f.announce(w, info)
		e.page.answer(w, r, f.status)
	})
}

func (p *page) answer(w http.ResponseWriter, r *http.Request, status int) {
	for name, value := range map[string]string{
		"Content-Type":                 "text/html; charset=utf-8",
		"Content-Security-Policy":      view.Policy() + "; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control":                "no-cache",
		"ETag":                         p.tag,
	} {
		w.Header().Set(name, value)
	}
	if status == http.StatusOK {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.html))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(p.html)))
	w.WriteHeader(status)
	_, _ = w.Write(p.html) // fails only when the client is gone
}
