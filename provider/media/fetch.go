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

	// Some hosts refuse requests without a user agent.
	userAgent = "ai-endpoints-mcp (+https://github.com/ai-endpoints-mcp/ai-endpoints-mcp)"
	// Without it many hosts would send AVIF.
	accept = "image/png, image/jpeg, image/webp, image/gif"
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
					Hint: "use the URL of the image itself",
				}
			}
			r.Header.Del("Referer") // the first URL may contain a token
			return g.checkURL(r.URL)
		},
	}
}

// fetch downloads an image from a URL. No error contains more of the URL than its
// host, since a path or a query may be a secret, or anything of the response.
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
	if err == nil {
		return data, nil
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return nil, own
	}
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("fetching the image: %w", ctx.Err())
	case limited.Err() != nil:
		return nil, notFetchedError(u, fmt.Sprintf("did not send the whole image within %v", p.timeout), err)
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
		return nil, unreadableError(fmt.Sprintf("%q answered with something other than an image", short(u.Hostname())), nil)
	case response.ContentLength > p.maxBytes:
		return nil, p.tooLargeError()
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, p.maxBytes+1))
	if err != nil {
		return nil, err
	}
	return p.checkSize(data)
}

// mayBeImage reports whether a Content-Type can belong to an image. Object stores
// send images as application/octet-stream or binary/octet-stream; the bytes decide
// later.
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

func notFetchedError(u *url.URL, failure string, cause error) *Error {
	return &Error{
		Kind: NotFetched, Message: fmt.Sprintf("%q %s", short(u.Hostname()), failure),
		Hint: "check the URL, or send the image as base64", cause: cause,
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
