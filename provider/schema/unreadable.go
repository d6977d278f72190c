package schema

import (
	"errors"
	"fmt"
)

// dropPatterns removes the patterns that no engine can read from the check and from
// what is sent, and says so in adapted.
func (d *document) dropPatterns(p *patterns) error {
	var places map[*node]place
	path := func(n *node) string {
		if places == nil {
			places = d.places()
		}
		return places[n].path(places)
	}
	unreadable := func(text string, at *node) (bool, error) {
		_, err := p.compile(text)
		if errors.Is(err, errPatternsTooLarge) {
			return false, errorf("%s: %v", path(at), err)
		}
		return err != nil, nil
	}
	for _, s := range d.schemas {
		if text, ok := s.get("pattern").text(); ok {
			drop, err := unreadable(text, s.get("pattern"))
			if err != nil {
				return err
			}
			if drop {
				d.adapt("%s is not a pattern that can be checked: %s", path(s.get("pattern")), text)
				s.remove("pattern")
			}
		}
		byPattern := s.get("patternProperties")
		if byPattern == nil {
			continue
		}
		for _, m := range byPattern.members {
			drop, err := unreadable(m.name, m.value)
			if err != nil {
				return err
			}
			if drop {
				d.dropPatternProperty(s, byPattern, m, path(m.value))
			}
		}
	}
	return nil
}

// dropPatternProperty also removes the keywords that depend on which names the
// pattern matches.
func (d *document) dropPatternProperty(s, byPattern *node, m field, path string) {
	byPattern.remove(m.name)
	const depends = "additionalProperties"
	if s.get(depends) == nil && s.get("unevaluatedProperties") == nil {
		d.adapt("%s is not under a pattern that can be checked: %s", path, m.name)
		return
	}
	s.remove(depends, "unevaluatedProperties")
	d.adapt("%s is not under a pattern that can be checked, so other properties are not either: %s", path, m.name)
}

func (d *document) adapt(format string, path, pattern string) {
	d.adapted = append(d.adapted, fmt.Sprintf(format, shorten(path), shorten(pattern)))
}
