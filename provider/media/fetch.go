package media

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxRedirects = 3

	// Some hosts refuse requests that do not say who asks.
	userAgent = "ai-endpoints-mcp (+https://github.com/ai-endpoints-mcp/ai-endpoints-mcp)"
	// Many hosts would send AVIF to whoever does not say what is taken.
	accept = "image/png, image/jpeg, image/webp, image/gif"
)

// newClient makes the client of fetches. A proxy would dial in its place, where
// nothing is checked: there is none, whatever the environment says. Without
// compression a small answer cannot become a large one; pictures are compressed
// anyway.
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
				return &Error{Kind: NotFetched, Message: fmt.Sprintf("the URL was redirected more than %d times", maxRedirects), Hint: "use the URL of the picture itself"}
			}
			r.Header.Del("Referer") // the first URL may hold a token
			return g.checkURL(r.URL)
		},
	}
}

// fetch gets a picture from a URL. No error holds more of the URL than its host,
// since a path or a query may be a secret, and none what the answer said.
func (p *Preparer) fetch(ctx context.Context, source string) ([]byte, error) {
	u, err := url.Parse(source)
	if err != nil {
		return nil, &Error{Kind: Invalid, Message: "the URL is malformed", Hint: allowedSources} // err repeats the URL
	}
	if err := p.guard.checkURL(u); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	data, err := p.download(limited, u)
	var own *Error
	switch {
	case err == nil:
		return data, nil
	case errors.As(err, &own):
		return nil, own
	case ctx.Err() != nil:
		return nil, fmt.Errorf("fetching the picture: %w", ctx.Err())
	case limited.Err() != nil:
		return nil, notFetchedError(u, fmt.Sprintf("gave no whole picture within %v", p.timeout), err)
	}
	return nil, notFetchedError(u, fetchFailure(err), err)
}

func (p *Preparer) download(ctx context.Context, u *url.URL) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &Error{Kind: Invalid, Message: "the URL is malformed", Hint: allowedSources}
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", accept)
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, notFetchedError(u, fmt.Sprintf("answered with status %d", response.StatusCode), nil)
	case !mayBeImage(response.Header.Get("Content-Type")):
		return nil, unreadableError(fmt.Sprintf("%q answered with something else than a picture", short(u.Hostname())), nil)
	case response.ContentLength > p.maxBytes:
		return nil, p.tooLargeError()
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, p.maxBytes+1))
	if err != nil {
		return nil, err
	}
	return p.checkSize(data)
}

// mayBeImage reports whether a Content-Type leaves hope. Object stores send
// pictures as application/octet-stream or binary/octet-stream; what it really
// is shows from the bytes.
func mayBeImage(contentType string) bool {
	if contentType == "" {
		return true
	}
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		return false
	}
	return strings.HasPrefix(mediaType, "image/") || strings.HasSuffix(mediaType, "/octet-stream")
}

func notFetchedError(u *url.URL, what string, cause error) *Error {
	return &Error{
		Kind: NotFetched, Message: fmt.Sprintf("%q %s", short(u.Hostname()), what),
		Hint: "check the URL, or send the picture as base64", cause: cause,
	}
}

// fetchFailure says in words of this program what the network said.
func fetchFailure(err error) string {
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return "has a certificate that is not valid for it"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "broke its answer off"
	}
	return "could not be reached"
}
