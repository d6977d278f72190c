package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

// The dashboard and the alerts query metrics by name. An unknown name is not an error
// to Prometheus: the panel stays empty and the alert silent.
func TestDashboardAndAlertsAskForMetricsThatThereAre(t *testing.T) {
	scraped := scrape(t)
	for _, q := range append(dashboardQueries(t), alertQueries(t)...) {
		t.Run(q.title, func(t *testing.T) {
			for _, problem := range q.problems(scraped) {
				t.Errorf("%s: %s", q.expr, problem)
			}
		})
	}
}

// series maps each metric of a scrape to its labels and their values.
type series map[string]map[string][]string

var (
	sampleLine = regexp.MustCompile(`(?m)^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$`)
	labelPair  = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
)

func parseExposition(text string) series {
	all := series{}
	for _, sample := range sampleLine.FindAllStringSubmatch(text, -1) {
		if all[sample[1]] == nil {
			all[sample[1]] = map[string][]string{}
		}
		for _, pair := range labelPair.FindAllStringSubmatch(sample[2], -1) {
			all[sample[1]][pair[1]] = append(all[sample[1]][pair[1]], pair[3])
		}
	}
	return all
}

// scrape returns the metrics of two servers, one after calls of all sorts and one with TLS
// and a Redis that is away.
func scrape(t *testing.T) series {
	u := newUpstream(t, emulator.Options{TokenDelay: 5 * time.Millisecond})
	callers := filepath.Join(t.TempDir(), "callers.yaml")
	rules := "callers:\n  team: {token: " + teamToken + ", max_cost: 5, max_cost_month: 50}\n"
	if err := os.WriteFile(callers, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startHTTPOfCallers(t, callers, append(u.flags, "--metrics-addr", "127.0.0.1:0")...)
	for _, arguments := range []string{`{"prompt":"hi","max_tokens":1}`, `{"prompt":"hi","model":"no-such-model"}`, `{}`} {
		p.status(http.MethodPost, "/mcp", teamToken, toolCall("chat", arguments))
	}
	certificate, key := writeCertificate(t)
	secured := startHTTP(t, "--sandbox", "--metrics-addr", "127.0.0.1:0", "--tls-cert", certificate, "--tls-key", key,
		"--redis-url", "redis://"+redistest.FreeAddress(t))
	text := ""
	for _, server := range []*httpProcess{secured, p} {
		read, err := server.metrics()
		if err != nil {
			t.Fatal(err)
		}
		text += read
	}
	all := parseExposition(text)
	statuses := all["ai_endpoints_mcp_http_requests_total"]
	statuses["status"] = append(statuses["status"], "401", "403", "429")
	// Not every error can be made to happen here.
	for _, c := range provider.Codes() {
		for _, name := range []string{"ai_endpoints_mcp_calls_total", "ai_endpoints_mcp_upstream_attempts_total"} {
			if all[name]["code"] != nil {
				all[name]["code"] = append(all[name]["code"], string(c.Code))
			}
		}
	}
	all["up"] = map[string][]string{} // Prometheus's own
	for _, labels := range all {
		labels["instance"], labels["job"] = []string{"127.0.0.1:9464"}, []string{"ai-endpoints-mcp"} // Prometheus adds them
	}
	return all
}

// query is a query of the dashboard or of an alert.
type query struct {
	title, expr string
	shown       string // texts that name labels of the result
}

func dashboardQueries(t *testing.T) (all []query) {
	d := readDashboard(t)
	asked := regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
	for _, variable := range d.Templating.List {
		if found := asked.FindStringSubmatch(variable.Definition); found != nil {
			all = append(all, query{title: "variable " + variable.Name, expr: "count by (" + found[2] + ") (" + found[1] + ")"})
		}
	}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			all = append(all, query{panel.Title, target.Expr, target.LegendFormat})
		}
	}
	return all
}

func alertQueries(t *testing.T) (all []query) {
	type rule struct {
		Alert, Expr string
		Annotations map[string]string
	}
	for _, group := range readYAML[struct{ Groups []struct{ Rules []rule } }](t, "deploy/alerts.yml").Groups {
		for _, r := range group.Rules {
			all = append(all, query{r.Alert, r.Expr, r.Annotations["summary"] + r.Annotations["description"]})
		}
	}
	return all
}

var (
	duration   = regexp.MustCompile(`\[[^\]]*\]|offset \w+`)
	grouping   = regexp.MustCompile(`\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	selector   = regexp.MustCompile(`\b([a-zA-Z_:][\w:]*)(\{[^}]*\}|\s*\()?`)
	shownLabel = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}`)
)

// problems lists what the query needs and a scrape lacks.
func (q query) problems(scraped series) (problems []string) {
	rest := duration.ReplaceAllString(q.expr, "")
	var grouped []string // labels of the result
	for _, found := range grouping.FindAllStringSubmatch(rest, -1) {
		grouped = append(grouped, regexp.MustCompile(`\w+`).FindAllString(found[1], -1)...)
	}
	for _, found := range shownLabel.FindAllStringSubmatch(q.shown, -1) {
		grouped = append(grouped, found[1])
	}
	known := map[string]bool{}
	rest = grouping.ReplaceAllString(rest, "")
	for _, found := range selector.FindAllStringSubmatch(rest, -1) {
		name, matchers := found[1], found[2]
		if strings.HasSuffix(matchers, "(") || slices.Contains([]string{"and", "or", "unless"}, name) {
			continue // a function or an operator
		}
		labels, ok := scraped[name]
		if !ok {
			problems = append(problems, "there is no metric "+name)
			continue
		}
		for label := range labels {
			known[label] = true
		}
		problems = append(problems, unmatched(name, matchers, labels)...)
	}
	for _, label := range grouped {
		if !known[label] {
			problems = append(problems, "no metric of the query has the label "+label)
		}
	}
	return problems
}

// unmatched lists the matchers of a selector that can never match.
func unmatched(name, matchers string, labels map[string][]string) (problems []string) {
	for _, matcher := range labelPair.FindAllStringSubmatch(matchers, -1) {
		label, value := matcher[1], matcher[3]
		values, ok := labels[label]
		if !ok {
			problems = append(problems, name+" has no label "+label)
			continue
		}
		for alternative := range strings.SplitSeq(value, "|") {
			pattern := regexp.MustCompile("^(?:" + alternative + ")$")
			if !strings.HasPrefix(alternative, "$") && !slices.ContainsFunc(values, pattern.MatchString) {
				problems = append(problems, "no "+label+" of "+name+" is "+alternative)
			}
		}
	}
	return problems
}

// dashboardFile is the part of dashboard.json that the tests read.
type dashboardFile struct {
	Templating struct {
		List []struct {
			Name       string
			Definition string
			Current    struct{ Text, Value any }
		}
	}
	Panels []struct {
		Title   string
		Targets []struct{ Expr, LegendFormat string }
	}
}

func readDashboard(t *testing.T) (d dashboardFile) {
	t.Helper()
	if err := json.Unmarshal([]byte(fileText(t, "deploy/grafana/dashboard.json")), &d); err != nil {
		t.Fatal(err)
	}
	return d
}
