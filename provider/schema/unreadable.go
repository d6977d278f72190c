package schema

import (
	"errors"
	"fmt"
)

// dropPatterns removes the patterns that no engine can read from the check and from
// what is sent, and says so in adapted.
func (d *document) dropPatterns(p *patterns) error {
	var all places
	path := func(n *node) string {
		if all == nil {
			all = d.places() // as they were written: nothing is removed yet
		}
		return all.path(n)
	}
	for _, s := range d.schemas {
		if pattern := s.get("pattern"); pattern != nil {
			text, _ := pattern.text()
			_, err := p.compile(text)
			if errors.Is(err, errPatternsTooLarge) {
				return errorf("%s: %v", path(pattern), err)
			}
			if err != nil {
				d.adapt("%s is not a regular expression that can be read: %s", path(pattern), text)
				s.remove("pattern")
			}
		}
		byPattern := s.get("patternProperties")
		if byPattern == nil {
			continue
		}
		var kept []field
		for _, m := range byPattern.members {
			_, err := p.compile(m.name)
			if errors.Is(err, errPatternsTooLarge) {
				return errorf("%s: %v", path(m.value), err)
			}
			if err == nil {
				kept = append(kept, m)
				continue
			}
			d.dropPatternProperty(s, m.name, path(byPattern))
		}
		if len(kept) == 0 && len(byPattern.members) > 0 {
			s.remove("patternProperties")
		}
		byPattern.members = kept
	}
	return nil
}

// dropPatternProperty removes the keywords that depend on which names a pattern
// matches.
func (d *document) dropPatternProperty(s *node, name, path string) {
	what := "%s has a name that is not a regular expression that can be read: %s"
	if hasAny(s, "additionalProperties", "unevaluatedProperties") {
		s.remove("additionalProperties", "unevaluatedProperties")
		what = "%s has a name that is not a regular expression that can be read, so additional properties are allowed: %s"
	}
	d.adapt(what, path, name)
}

func (d *document) adapt(format string, path, pattern string) {
	d.adapted = append(d.adapted, fmt.Sprintf(format, path, shorten(pattern)))
}
