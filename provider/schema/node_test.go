package schema

import (
	"bytes"
	"encoding/json"
	"testing"
)

// A node is what the decoder reads, in the order of the text.
func TestNodesAreReadAsWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `[]`, ` { } `, "[\n]", `1`, `"a"`, ` "a\"]}" `, `null`, `-1.5e+3`, `{"a":1}`, `{"b":[1,{"c":[]},"d, }"],"a":{}}`,
		" {\t\"a\" :\r\n1 , \"b\":[ 1 ,2 ] } ", `{"a\"b":"c\\","\u00e9":"\\\""}`, `{"":{"":[[[]]]}}`, `[true,false,null]`, `{"a":1,"b":2,"a":3}`,
		`{"é":"日本"}`,
	} {
		checkNode(t, parseNode(json.RawMessage(text)), json.RawMessage(text))
	}
}

func checkNode(t *testing.T, n *node, raw json.RawMessage) {
	t.Helper()
	raw = bytes.TrimSpace(raw)
	if !bytes.Equal(n.raw, raw) {
		t.Fatalf("got %s, want %s", n.raw, raw)
	}
	members, notObject := Members(raw)
	items, notList := Items(raw)
	if (notObject == nil) != (n.kind == '{') || (notList == nil) != (n.kind == '[') || len(n.members) != len(members) || len(n.items) != len(items) {
		t.Fatalf("%s became %q with %d members and %d items", raw, n.kind, len(n.members), len(n.items))
	}
	for i, m := range members {
		if n.members[i].name != m.Name {
			t.Errorf("%s: member %d is %q, want %q", raw, i, n.members[i].name, m.Name)
		}
		checkNode(t, n.members[i].value, m.Value)
	}
	for i, item := range items {
		checkNode(t, n.items[i], item)
	}
}
