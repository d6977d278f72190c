package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// newAPI makes the API client. The literal is deliberate: openai.NewClient
// reads OPENAI_API_KEY and other variables and sends them to any base URL, so
// an ambient key of another service would leak to this one.
func (p *Provider) newAPI(httpClient *http.Client, userAgent string) openai.Client {
	options := []option.RequestOption{
		option.WithHTTPClient(httpClient),
		option.WithBaseURL(p.baseURL.String()),
		option.WithMaxRetries(0), // retries are this package's, in one place
		option.WithHeader("User-Agent", userAgent),
		option.WithMiddleware(dropTelemetry, p.reportStatus, p.endIdle),
	}
	if p.apiKey != "" {
		options = append(options, option.WithAPIKey(p.apiKey))
	}
	return openai.Client{Options: options}
}

// dropTelemetry removes the headers in which the library tells of the machine.
func dropTelemetry(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	for name := range req.Header {
		if strings.HasPrefix(name, "X-Stainless-") {
			req.Header.Del(name)
		}
	}
	return next(req)
}

// reportStatus turns an answer that is no success into an [Error], also a
// redirect that leads nowhere. The library would lose the status of a body such
// as {"error":"text"}, and the service's words of any other.
func (p *Provider) reportStatus(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	resp, err := next(req)
	if err != nil || resp.StatusCode/100 == 2 {
		return resp, err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	return nil, p.statusError(resp.StatusCode, resp.Header, body)
}

// post sends body as JSON and gives the raw answer, whose body the caller
// closes. The error is an [Error].
func (p *Provider) post(ctx context.Context, path string, body any, accept string) (*http.Response, error) {
	var resp *http.Response
	err := p.api.Post(ctx, path, body, &resp, option.WithHeader("Accept", accept))
	if err != nil {
		return nil, p.transportError(ctx, err)
	}
	return resp, nil
}

// served reads /v1/models.
func (p *Provider) served(ctx context.Context) ([]byte, error) {
	var resp *http.Response
	if err := p.api.Get(ctx, "models", nil, &resp); err != nil {
		return nil, fmt.Errorf("list of served models: %s", p.transportError(ctx, err).Message)
	}
	defer resp.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(resp.Body, maxServedBody))
	if err != nil {
		return nil, fmt.Errorf("list of served models: %s", p.transportError(ctx, err).Message)
	}
	return payload, nil
}

const (
	maxErrorBody  = 64 << 10
	maxServedBody = 16 << 20
)

// errDeadline is the cause of a context that the call's own deadline ended.
var errDeadline = errors.New("the call's deadline passed")
