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
				d.adapt("%s is not a regular expression that can be read: %s", path(s.get("pattern")), text)
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
				d.dropPatternProperty(s, byPattern, m.name, path(byPattern))
			}
		}
	}
	return nil
}

// dropPatternProperty also removes the keywords that depend on which names the
// pattern matches.
func (d *document) dropPatternProperty(s, byPattern *node, name, path string) {
	if byPattern.remove(name); len(byPattern.members) == 0 {
		s.remove("patternProperties")
	}
	what := "%s has a name that is not a regular expression that can be read: %s"
	if hasAny(s, "additionalProperties", "unevaluatedProperties") {
		s.remove("additionalProperties", "unevaluatedProperties")
		what = "%s has a name that is not a regular expression that can be read, so additional properties are allowed: %s"
	}
	d.adapt(what, path, name)
}

func (d *document) adapt(format string, path, pattern string) {
	d.adapted = append(d.adapted, fmt.Sprintf(format, shorten(path), shorten(pattern)))
}
