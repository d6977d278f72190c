package media

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxRedirects = 3

	// Some hosts refuse requests without a user agent.
	userAgent = "ai-endpoints-mcp (+https://github.com/ai-endpoints-mcp/ai-endpoints-mcp)"
)

// newClient returns the client for fetches. It never uses a proxy, whatever the
// environment says: a proxy would dial unchecked addresses. Compression is disabled
// so that a small response cannot expand; images are compressed anyway.
func newClient(g *guard, roots *x509.CertPool) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            g.dialContext,
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
			DisableKeepAlives:      true,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return &Error{
					Kind: NotFetched, Message: fmt.Sprintf("the URL was redirected more than %d times", maxRedirects),
					Hint: "use the URL that it leads to",
				}
			}
			r.Header.Del("Referer") // the first URL may contain a token
			return g.checkURL(r.URL)
		},
	}
}

// wanted is what a URL should return.
type wanted struct {
	noun   string // "image"
	accept string // of the request
	types  []string
	most   int64 // bytes
}

// images names the formats that are read, since many hosts would send AVIF otherwise.
func (p *Preparer) images() wanted {
	return wanted{"image", "image/png, image/jpeg, image/webp, image/gif", []string{"image/"}, p.maxBytes}
}

// DownloadAudio writes the audio at a URL to w, if it has at most so many bytes. Only ctx
// bounds the time. The error is an [*Error], or wraps that of ctx or of w.
func (p *Preparer) DownloadAudio(ctx context.Context, source string, most int64, w io.Writer) error {
	return p.get(ctx, source, wanted{"audio", "audio/*, video/*;q=0.5", []string{"audio/", "video/", "application/ogg"}, most}, w)
}

// fetch downloads an image from a URL.
func (p *Preparer) fetch(ctx context.Context, source string) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var data bytes.Buffer
	err := p.get(limited, source, p.images(), &data)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		u, _ := url.Parse(source) // get has parsed it
		return nil, notFetchedError(u, fmt.Sprintf("did not send the whole image within %v", p.timeout), err)
	}
	return data.Bytes(), err
}

// get downloads what a URL returns. No error contains more of the URL than its host,
// since a path or a query may be a secret, or anything of the response.
func (p *Preparer) get(ctx context.Context, source string, want wanted, w io.Writer) error {
	u, err := url.Parse(source)
	if err != nil {
		return &Error{Kind: Invalid, Message: "the URL is malformed", Hint: "give an https URL"} // err repeats the URL
	}
	if err := p.guard.checkURL(u); err != nil {
		return err
	}
	sink := &sink{w: w}
	err = p.download(ctx, u, want, sink)
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	switch {
	case err == nil:
		return nil
	case sink.err != nil:
		return fmt.Errorf("keeping the %s: %w", want.noun, sink.err)
	case ctx.Err() != nil:
		return fmt.Errorf("fetching the %s: %w", want.noun, ctx.Err())
	}
	return notFetchedError(u, fetchFailure(err), err)
}

// sink remembers the error of a writer, to tell it from that of a download.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.w.Write(p)
	return n, s.err
}

func (p *Preparer) download(ctx context.Context, u *url.URL, want wanted, w io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return &Error{Kind: Invalid, Message: "the URL is malformed", Hint: "give an https URL"}
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", want.accept)
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return notFetchedError(u, fmt.Sprintf("answered with status %d", response.StatusCode), nil)
	case !want.mayBe(response.Header.Get("Content-Type")):
		e := unreadableError(fmt.Sprintf("%q answered with something other than an image", short(u.Hostname())), nil)
		if want.noun != "image" {
			e.Message, e.Hint = fmt.Sprintf("%q answered with something other than %s", short(u.Hostname()), want.noun), "check the URL"
		}
		return e
	case response.ContentLength > want.most:
		return want.tooLarge()
	}
	read, err := io.Copy(w, io.LimitReader(response.Body, want.most+1))
	if err == nil && read > want.most {
		return want.tooLarge()
	}
	return err
}

func (w wanted) tooLarge() *Error {
	return tooLargeError(w.noun, w.most)
}

// mayBe reports whether a Content-Type can be that of what is wanted. Object stores send
// anything as application/octet-stream or binary/octet-stream; the bytes decide later.
func (w wanted) mayBe(contentType string) bool {
	if contentType == "" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return strings.HasSuffix(mediaType, "/octet-stream") ||
		slices.ContainsFunc(w.types, func(start string) bool { return strings.HasPrefix(mediaType, start) })
}

func notFetchedError(u *url.URL, failure string, cause error) *Error {
	return &Error{
		Kind: NotFetched, Message: fmt.Sprintf("%q %s", short(u.Hostname()), failure),
		Hint: "check the URL, or use a data: URL", cause: cause,
	}
}

// fetchFailure describes a network error in fixed words, which contain no data.
func fetchFailure(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "has an invalid certificate"
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "closed the connection before the end of its answer"
	}
	return "could not be reached"
}
