package oauth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const (
	// fetchTimeout bounds a request to the issuer, for which a caller may wait.
	fetchTimeout = 5 * time.Second
	// maxDocument bounds its answer, in bytes. Real ones have some 10 kB.
	maxDocument  = 1 << 20
	maxRedirects = 3
	maxWords     = 300 // characters of somebody else in an error
)

// fetchError says why the issuer could not be asked, in words that contain nothing that it
// answered.
type fetchError struct{ text string }

func (e fetchError) Error() string { return e.text }

// boundedClient returns a client that takes little time and memory whatever the issuer
// answers, and asks no other host than the one that is meant.
func boundedClient(base *http.Client) *http.Client {
	base = cmp.Or(base, &http.Client{})
	return &http.Client{
		Transport: boundedTransport{cmp.Or(base.Transport, http.DefaultTransport)},
		Timeout:   fetchTimeout,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if r.URL.Host != via[0].URL.Host || r.URL.Scheme != via[0].URL.Scheme || len(via) > maxRedirects {
				return fetchError{"it redirects to another host, or in circles"}
			}
			return nil
		},
	}
}

// boundedTransport reads an answer whole. An answer that is not a 200 or a redirect is an
// error.
type boundedTransport struct{ base http.RoundTripper }

func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if location := answer.Header.Get("Location"); location != "" && answer.StatusCode/100 == 3 {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, fetchError{fmt.Sprintf("it answered with status %d", answer.StatusCode)}
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxDocument {
		return nil, fetchError{"its answer is over 1 MiB"}
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

// reasonOfFetch returns the reason of a request that failed, without what the issuer
// answered, which go-oidc puts into its errors.
func reasonOfFetch(err error, otherwise string) error {
	var known fetchError
	var network interface{ Timeout() bool } // *url.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return fetchError{"the request was cancelled"}
	case errors.As(err, &network) && network.Timeout():
		return fetchError{"it did not answer in time"}
	case errors.As(err, &network):
		return fetchError{"it cannot be reached: " + text.Excerpt(err.Error(), maxWords)}
	}
	return fetchError{otherwise}
}
