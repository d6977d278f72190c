package doctor

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// RequestTimeout bounds a call of the provider that the checks use, so that there is time
// for a finding.
const RequestTimeout = 10 * time.Second

// Upstream is the service as the program is configured for it.
type Upstream struct {
	Provider   *provider.Provider
	BaseURL    string
	CatalogURL string // "" is a service without a catalogue
	Shown      string // instead of the URLs; "" shows them
	KeyFrom    string // where the key comes from; "" without one
	InClear    string // the other machine to which requests go unencrypted; "" if all are encrypted or stay here
}

func (u Upstream) show(raw string) string {
	if u.Shown != "" {
		return u.Shown
	}
	return ShowURL(raw)
}

// ShowURL returns a URL without user, password and query, which may hold a secret.
func ShowURL(raw string) string {
	parsed, err := url.Parse(raw)
	if err != nil {
		return "a URL that cannot be read"
	}
	parsed.RawQuery, parsed.Fragment, parsed.User = "", "", nil
	return parsed.String()
}

// Reach checks the base URL with the list of models, which costs nothing.
func (u Upstream) Reach(ctx context.Context) []Finding {
	start := time.Now()
	models, err := u.Provider.Served(ctx)
	took := time.Since(start)
	var findings []Finding
	if err != nil {
		failure := provider.AsError(err)
		if failure.Code == provider.CodeUpstreamTimeout {
			failure.Hint = "check the network, HTTPS_PROXY and --base-url"
		}
		findings = append(findings, Fail(u.show(u.BaseURL)+": "+failure.Message, failure.Hint))
	} else {
		answers := fmt.Sprintf("%s answers in %s and serves %s", u.show(u.BaseURL), milliseconds(took), text.Count(models, "model"))
		findings = append(findings, Good(answers))
	}
	if u.InClear != "" {
		const hint = "use an https URL for --base-url"
		findings = append(findings, Warn(u.InClear+" is another machine, to which prompts and key go unencrypted", hint))
	}
	return findings
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

// Catalogue checks where the models' figures come from.
func (u Upstream) Catalogue(ctx context.Context) []Finding {
	if u.CatalogURL == "" {
		return []Finding{Skip("none: prices, limits and abilities of the models are unknown; --catalog-url names one")}
	}
	known := u.Provider.VerifiedCatalog(ctx)
	found := fmt.Sprintf("%s: %s, %s", u.show(u.CatalogURL), known.Source, text.Count(len(known.Models()), "model"))
	if known.Source != catalog.SourceLive {
		found += ", " + age(time.Since(known.FetchedAt)) + " old"
	}
	const hint = "calls work with these models; check --catalog-url, the network and HTTPS_PROXY"
	switch {
	case known.CatalogProblem != "":
		return []Finding{Warn(found+"; "+known.CatalogProblem, hint)}
	case known.Source != catalog.SourceLive:
		return []Finding{Warn(found+"; the live one did not come in time", hint)}
	default:
		return []Finding{Good(found)}
	}
}

// age rounds to what matters of an age.
func age(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return text.Count(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return text.Count(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return text.Count(int(d.Hours()), "hour")
	default:
		return text.Count(int(d.Hours()/24), "day")
	}
}

// Proxy says through which proxies the service is reached.
func (u Upstream) Proxy(context.Context) []Finding {
	finding, host := proxyOf(u.BaseURL)
	if u.CatalogURL == "" {
		return []Finding{finding.of(host)}
	}
	other, catalogHost := proxyOf(u.CatalogURL)
	switch {
	case host == catalogHost:
		return []Finding{finding.of(host)}
	case finding == other:
		return []Finding{finding.of(host + " and " + catalogHost)}
	default:
		return []Finding{finding.of(host), other.of(catalogHost)}
	}
}

func (f Finding) of(hosts string) Finding {
	f.Found += " for " + hosts
	return f
}

// proxyOf asks net/http, as requests do. Neither the user and password of a proxy nor an
// address that cannot be read are shown.
func proxyOf(raw string) (_ Finding, host string) {
	request, err := http.NewRequest(http.MethodGet, raw, http.NoBody)
	if err != nil {
		return Skip("none"), "a URL that cannot be read"
	}
	host = request.URL.Hostname()
	proxy, err := http.ProxyFromEnvironment(request)
	variable := strings.ToUpper(request.URL.Scheme) + "_PROXY"
	if os.Getenv(variable) == "" {
		variable = strings.ToLower(variable)
	}
	switch {
	case err != nil || proxy != nil && (proxy.Host == "http:" || proxy.Host == "https:"): // as net/http reads http://http://…
		return Fail(variable+" cannot be read, so nothing is sent", "write it as http://HOST:PORT, or unset it"), host
	case proxy == nil:
		return Good("none"), host
	case proxy.User != nil:
		return Good(fmt.Sprintf("%s://%s of %s, with a user,", proxy.Scheme, proxy.Host, variable)), host
	default:
		return Good(fmt.Sprintf("%s://%s of %s", proxy.Scheme, proxy.Host, variable)), host
	}
}

// Call asks the default model for one token: only so it is known whether the key is
// accepted. It is the one check that costs something.
func (u Upstream) Call(ctx context.Context) []Finding {
	one := 1
	result, err := u.Provider.Chat(ctx, provider.ChatRequest{
		Messages:  []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: "Hi"}}},
		MaxTokens: &one,
	})
	if err != nil {
		return []Finding{u.callFailure(provider.AsError(err))}
	}
	for _, warning := range result.Warnings {
		if warning.Code == provider.WarnEmptyResponse {
			return []Finding{Warn(result.Model+": "+warning.Message, "try again in a minute")}
		}
	}
	accepted := "without a key"
	if u.KeyFrom != "" {
		accepted = "the key of " + u.KeyFrom + " is accepted"
	}
	cost := "its cost is unknown"
	if result.Cost != nil {
		cost = "it cost " + text.Number(math.Round(*result.Cost*1e9)/1e9) + " EUR"
	}
	return []Finding{Good(fmt.Sprintf("%s answered in %s, %s; %s", result.Model, milliseconds(result.Latency), accepted, cost))}
}

// callFailure tells a limit, which says nothing about the key, from a failure.
func (u Upstream) callFailure(failure *provider.Error) Finding {
	switch failure.Code {
	case provider.CodeRateLimited, provider.CodeBudgetExceeded:
		return Warn(failure.Message, failure.Hint)
	case provider.CodeUpstreamTimeout:
		return Warn(failure.Message, "try again: a model that was not asked for a while may take longer for its first token")
	case provider.CodeAuthFailed:
		if u.KeyFrom != "" {
			return Fail("the key of "+u.KeyFrom+" is refused: "+failure.Message, failure.Hint)
		}
	}
	return Fail(string(failure.Code)+": "+failure.Message, failure.Hint)
}
