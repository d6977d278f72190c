package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// viewData is what the view's file holds.
type viewData struct {
	Catalog struct {
		Sandbox string
		Source  string
		Models  []struct{ ID string }
	} `json:"catalog"`
	VirtualModels string `json:"virtual_models"`
	Usage         *struct {
		Budget struct {
			Max float64 `json:"max_cost_eur"`
		}
	} `json:"usage"`
}

func (r *rig) viewData() (data viewData) {
	r.Helper()
	page, err := r.server.View(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), ` id="data">`)
	text, _, _ := strings.Cut(rest, "</script>")
	if err := json.Unmarshal([]byte(text), &data); err != nil {
		r.Fatalf("%v in %.200s", err, text)
	}
	return data
}

func TestTheViewsFileHoldsTheData(t *testing.T) {
	got := connect(t, setup{}).viewData()
	if len(got.Catalog.Models) < 10 || got.Catalog.Source != "live" || got.Catalog.Sandbox != "" || !strings.Contains(got.VirtualModels, "## Rankers") {
		t.Errorf("the data are %+v", got)
	}
	if got.Usage != nil {
		t.Errorf("nothing was used, and the usage is %+v", got.Usage)
	}
}

func TestTheViewsFileHasTheBudget(t *testing.T) {
	r := connect(t, setup{provider: provider.Options{MaxCost: 2.5}})
	if got := r.viewData(); got.Usage == nil || got.Usage.Budget.Max != 2.5 {
		t.Errorf("the usage is %+v", got.Usage)
	}
}

func TestTheViewsFileOfASandboxSaysSo(t *testing.T) {
	got := connect(t, setup{sandbox: true}).viewData()
	if got.Catalog.Sandbox != server.SandboxNote || !strings.Contains(got.VirtualModels, server.SandboxNote) {
		t.Errorf("the data are %.300s", got.Catalog.Sandbox+got.VirtualModels)
	}
}
