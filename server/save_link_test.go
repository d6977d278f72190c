package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Older SDKs refuse a result with content of a type that they do not know.
func TestLinksGoToClientsThatKnowThem(t *testing.T) {
	for version, want := range map[string]bool{
		"": false, "2024-11-05": false, "2025-03-26": false, "2025-06-18": true, "2025-11-25": true, "2026-07-28": true,
	} {
		t.Run("version "+version, func(t *testing.T) {
			s, _ := saving(t, setup{})
			r := newRig(t, s)
			meta, in := "", ""
			switch {
			case version == "2026-07-28":
				meta = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
					`"io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`
			case version != "":
				in = fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":%q,`+
					`"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`+"\n", version)
			}
			in += `{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi","save_to":"a.txt"}` + meta + `}}` + "\n"
			var out bytes.Buffer
			if err := r.server.ServeStdio(t.Context(), strings.NewReader(in), &out, maxWait); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(out.String(), "Saved to ") || strings.Contains(out.String(), `"resource_link"`) != want {
				t.Errorf("a link: %t wanted in %s", want, out.String())
			}
		})
	}
}

// Only a tool that can write is not read-only; none ever destroys anything.
func TestAToolThatSavesIsNotReadOnly(t *testing.T) {
	s, _ := saving(t, setup{})
	for _, tool := range connect(t, s).list() {
		var schema struct{ Properties map[string]json.RawMessage }
		if err := json.Unmarshal(tool.InputSchema, &schema); err != nil {
			t.Fatal(err)
		}
		_, saves := schema.Properties["save_to"]
		if *tool.Annotations.ReadOnlyHint == saves || *tool.Annotations.DestructiveHint {
			t.Errorf("%s saves: %t; annotations %+v", tool.Name, saves, tool.Annotations)
		}
	}
}
