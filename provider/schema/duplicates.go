package schema

import (
	"bytes"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// dropDuplicates drops names and values that are listed a second time, which some
// drafts refuse and that means nothing in any.
func dropDuplicates(s *node, d draft) {
	for _, keyword := range []string{"type", "required", "enum"} {
		list := s.get(keyword)
		if list == nil || list.kind != '[' {
			continue
		}
		items := withoutDuplicates(list.items)
		if keyword == "enum" && d.number <= draft7 {
			items = numbersFirst(items)
		}
		if !slices.Equal(items, list.items) {
			s.set(keyword, listNode(items...))
		}
	}
}

func withoutDuplicates(items []*node) []*node {
	var kept []*node
	known := map[string]bool{}
	for _, item := range items {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(item.json()))
		if err != nil {
			return items
		}
		key := equalityKey(value)
		if !known[key] {
			kept = append(kept, item)
		}
		known[key] = true
	}
	return kept
}

// numbersFirst puts the numbers of an enum before its texts: the compiler takes 1
// after "1" for the same value, and refuses that in draft 7.
func numbersFirst(items []*node) []*node {
	isNumber := func(n *node) bool { return len(n.raw) > 0 && (n.raw[0] == '-' || n.raw[0] >= '0' && n.raw[0] <= '9') }
	isText := func(n *node) bool { return len(n.raw) > 0 && n.raw[0] == '"' }
	if !slices.ContainsFunc(items, isNumber) || !slices.ContainsFunc(items, isText) {
		return items
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b *node) int {
		switch {
		case isNumber(a) == isNumber(b):
			return 0
		case isNumber(a):
			return -1
		default:
			return 1
		}
	})
	return sorted
}
