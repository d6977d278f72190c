package catalog_test

import "testing"
import "github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"

func TestX(t *testing.T) {
	for _, m := range catalog.Snapshot().Models() {
		t.Logf("%+v", m)
	}
}
