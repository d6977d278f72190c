package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Gateways want headers and queries of their own. Both may be secrets.
func TestHeadersAndQueryReachTheGatewayAndNoMessage(t *testing.T) {
	t.Parallel()
	var seen []string
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.URL.Path+"?"+r.URL.RawQuery+" "+r.Header.Get("X-Team")+" "+r.Header.Get("Api-Key"))
		w.WriteHeader(http.StatusBadRequest)
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		_, _ = fmt.Fprintf(w, `{"message":"no: %s %s %s %s"}`, r.Header.Get("Api-Key"), r.URL.Query().Get("code"), r.URL.RawQuery, token)
	}))
	t.Cleanup(gateway.Close)
	p, err := provider.New(provider.Options{
		BaseURL: gateway.URL + "/v1?api-version=1&code=topsecret%2Fcode", CatalogURL: gateway.URL + "/catalog",
		Headers: http.Header{"X-Team": {"research"}, "Api-Key": {"topsecretheader"}, "Authorization": {"Bearer topsecrettoken"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	_, err = p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
	if got := failure(t, err); strings.Contains(fmt.Sprintf("%+v", got), "topsecret") {
		t.Errorf("a secret is in %+v", got)
	}
	for _, request := range seen {
		isCatalogue := strings.HasPrefix(request, "/catalog?")
		if want := "api-version=1&code=topsecret%2Fcode research topsecretheader"; !isCatalogue && !strings.HasSuffix(request, want) ||
			isCatalogue && request != "/catalog?  " {
			t.Errorf("the gateway got %q", request)
		}
	}
	if len(seen) < 2 {
		t.Errorf("the gateway got %q", seen)
	}
}

func TestParseHeader(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"X-Team: research": "X-Team=research", "api-key:abc": "Api-Key=abc", " A : b: c ": "A=b: c",
		"": "", "X-Team": "", ": x": "", "X Team: x": "", "X-Team: ": "", "X-Team: a\nb": "", "X-Team: é": "", "Host: x": "", "content-type: x": "",
	} {
		name, value, err := provider.ParseHeader(text)
		if got := name + "=" + value; want == "" && err == nil || want != "" && got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
		if err != nil && value != "" {
			t.Errorf("%q: the value is returned with the error", text)
		}
	}
}

// An engine that ignores the size that was asked for is found out.
func TestDimensionsThatDidNotComeBackAreSaid(t *testing.T) {
	t.Parallel()
	p := connect(t, answering(embedPath, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"model":"m","data":[{"index":0,"embedding":[1,2,3]}]}`))
	}))
	result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "Qwen3-Embedding-8B", Input: []string{"a"}, Dimensions: new(64)})
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(result.Warnings); !strings.Contains(text, "argument_ignored") || !strings.Contains(text, "returned 3, not 64") {
		t.Errorf("the warnings are %s", text)
	}
}
