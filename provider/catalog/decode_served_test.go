package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestDecodeServed(t *testing.T) {
	t.Parallel()
	_, payload := catalog.SnapshotPayloads()
	ids, issues, err := catalog.DecodeServed(t.Context(), payload)
	if err != nil || len(issues) > 0 || len(ids) != 21 || slices.Contains(ids, "ppl") {
		t.Errorf("got %d ids, ppl among them: %t, %v", len(ids), slices.Contains(ids, "ppl"), err)
	}
}

func TestDecodeServedLeniently(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, payload string
		issues        int // entries left out
	}{
		{"as it should be", `{"data":[{"id":" 7 "},{"id":"ppl","pricing":{}},{"id":"b","context_length":5}]}`, 0},
		{"a byte order mark", "\ufeff" + `{"data":[{"id":"7"},{"id":"b"}]}`, 0},
		{"an id that is a number", `{"data":[{"id":7},{"id":"b"}]}`, 0},
		{"a bare list of objects", `[{"id":"7"},{"id":"b"}]`, 0},
		{"a bare list of ids", `["7","b"]`, 0},
		{"a bare list of ids that are numbers", `[7,"b"]`, 0},
		{"the member models", `{"data":null,"models":[{"id":"7"},{"id":"b"}]}`, 0},
		{"data before models", `{"models":[{"id":"x"}],"data":[{"id":"7"},{"id":"b"}]}`, 0},
		{"without ids", `{"data":[{"id":"7"},{"id":""},{"id":null},{},{"id":"b"}]}`, 3},
		{"of other types", `{"data":[{"id":"7"},null,true,[],{"id":{}},{"id":"b"}]}`, 5}, // the last one is odd and has no id
		{"unusable ids", `{"data":[{"id":"7"},{"id":"\u001b[1mx"},{"id":"` + strings.Repeat("x", 201) + `"},{"id":"b"}]}`, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ids, issues, err := catalog.DecodeServed(t.Context(), []byte(tt.payload))
			if diff := cmp.Diff([]string{"7", "b"}, ids); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			count := 0
			for _, issue := range issues {
				count += issue.Count
			}
			if count != tt.issues {
				t.Errorf("%d issues, want %d: %s", count, tt.issues, issues)
			}
		})
	}
}
