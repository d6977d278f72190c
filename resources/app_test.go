package resources_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

func TestTheAppIsAViewWithoutDataAndNetwork(t *testing.T) {
	inBothEras(t, func(t *testing.T, e era, _ session) {
		upstream := newCounter()
		c := connect(t, setup{option: e.option, handler: upstream})
		if got := c.read(view.URI, "text/html;profile=mcp-app"); got != string(view.HTML()) {
			t.Error("the app is not the view")
		}
		result, err := c.tryRead(view.URI)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(result.Contents[0].(mcp.TextResourceContents).Meta)
		if err != nil {
			t.Fatal(err)
		}
		const want = `{"ui":{"csp":{"connectDomains":[],"resourceDomains":[]},"permissions":{"clipboardWrite":{}},"prefersBorder":true}}`
		if string(got) != want {
			t.Errorf("_meta is %s, want %s", got, want)
		}
		if _, hasHint := result.TTL(); hasHint != e.modern {
			t.Errorf("a cache hint is there: %v", hasHint)
		}
		if got := upstream.requests.Load(); got != 0 {
			t.Errorf("reading the app made %d requests", got)
		}
	})
}

// Hosts without MCP Apps list what they listed before: tools link to the app.
func TestTheAppIsNotListed(t *testing.T) {
	inBothEras(t, func(t *testing.T, _ era, c session) {
		listed, err := c.ListResources(t.Context(), mcp.ListResourcesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range listed.Resources {
			if strings.HasPrefix(r.URI, "ui:") {
				t.Errorf("%s is listed", r.URI)
			}
		}
	})
}

func TestTheExtensionIsAnnounced(t *testing.T) {
	for _, test := range []struct {
		tools []string
		want  map[string]any
	}{
		{[]string{"list-models"}, map[string]any{"io.modelcontextprotocol/ui": map[string]any{}}},
		{[]string{"chat", "resolve-virtual-model"}, map[string]any{"io.modelcontextprotocol/ui": map[string]any{}}},
		{[]string{"chat"}, nil},
	} {
		for _, e := range eras() {
			c := connect(t, setup{option: e.option, tools: test.tools})
			if diff := cmp.Diff(test.want, c.GetServerCapabilities().Extensions); diff != "" {
				t.Errorf("%s, %v (-want +got):\n%s", e.name, test.tools, diff)
			}
			if _, err := c.tryRead(view.URI); (err == nil) != (test.want != nil) {
				t.Errorf("%s, %v: reading the app: %v", e.name, test.tools, err)
			}
		}
	}
}

func TestTheAppIsForCallersOfItsTools(t *testing.T) {
	set := connect(t, setup{}).set
	for _, test := range []struct {
		tools []string // of the caller; nil is all
		ok    bool
	}{
		{nil, true},
		{[]string{"list-models"}, true},
		{[]string{"chat", "resolve-virtual-model"}, true},
		{[]string{"chat"}, false},
		{[]string{}, false},
	} {
		ctx := caller.With(t.Context(), &caller.Caller{Name: "alice", Rules: caller.Rules{Tools: test.tools}})
		err := set.CheckURI(ctx, view.URI)
		if test.ok {
			if err != nil {
				t.Errorf("%v: %v", test.tools, err)
			}
			continue
		}
		wantError(t, err, nil, view.URI+" not found", "list-models", "resolve-virtual-model", "this caller")
	}
}
