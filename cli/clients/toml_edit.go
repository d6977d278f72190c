package clients

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

func hasPrefix(path, prefix []string) bool {
	return len(path) >= len(prefix) && slices.Equal(path[:len(prefix)], prefix)
}

// set makes the config say a value, where the entry is written already.
func (c *tomlConfig) set(path []string, value any) error {
	for _, e := range c.expressions {
		if !e.isHeader && hasPrefix(path, e.path) {
			return c.replace(e.value, e.valueEnd, render(with(c.value(e.path), path[len(e.path):], value)))
		}
	}
	if parent := path[:len(path)-1]; len(path) > 3 && c.value(parent) == nil {
		return c.set(parent, map[string]any{path[len(path)-1]: value})
	}
	// Behind the last line of the section that says most of the path.
	var last *expression
	for i, e := range c.expressions {
		if hasPrefix(e.path, path[:2]) && hasPrefix(path, e.path[:e.section]) && (last == nil || e.section >= last.section) {
			last = &c.expressions[i]
		}
	}
	if last == nil {
		return c.append(path[:2], object{{path[2], value}})
	}
	line := dotted(path[last.section:]) + " = " + render(value) + c.newline
	if last.end > 0 && c.text[last.end-1] != '\n' {
		line = c.newline + strings.TrimSuffix(line, c.newline)
	}
	return c.replace(last.end, last.end, line)
}

// with returns a value in which the one at a path is another; nil removes it.
func with(in any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	table, _ := in.(map[string]any)
	table = maps.Clone(table)
	if table == nil {
		table = map[string]any{}
	}
	if changed := with(table[path[0]], path[1:], value); changed == nil {
		delete(table, path[0])
	} else {
		table[path[0]] = changed
	}
	return table
}

func (c *tomlConfig) replace(start, end int, text string) error {
	return c.parse(slices.Concat(c.text[:start], []byte(text), c.text[end:]))
}

// append adds a table at the end, behind a blank line.
func (c *tomlConfig) append(path []string, fields object) error {
	var b strings.Builder
	if len(c.text) > 0 {
		b.WriteString(c.newline)
	}
	b.WriteString("[" + dotted(path) + "]")
	for _, m := range fields {
		b.WriteString(c.newline + dotted([]string{m.key}) + " = " + render(m.value))
	}
	if len(c.text) == 0 || bytes.HasSuffix(c.text, []byte("\n")) {
		b.WriteString(c.newline)
	}
	return c.replace(len(c.text), len(c.text), b.String())
}

// remove deletes all that the config says at a path, from the end, since places move.
func (c *tomlConfig) remove(path []string) error {
	if c.value(path) == nil {
		return nil
	}
	text := slices.Clone(c.text)
	for end := len(c.expressions); end > 0; end-- {
		last := c.expressions[end-1]
		if !last.isHeader && len(last.path) < len(path) && hasPrefix(path, last.path) {
			value := render(with(c.value(last.path), path[len(last.path):], nil))
			text = slices.Concat(text[:last.value], []byte(value), text[last.valueEnd:])
		}
		if !hasPrefix(last.path, path) {
			continue
		}
		begin := end - 1
		for begin > 0 && hasPrefix(c.expressions[begin-1].path, path) {
			begin--
		}
		text = cutLines(text, c.expressions[begin], last.end)
		end = begin + 1
	}
	return c.parse(text)
}

// cutLines deletes the lines from an expression to an end, and the blank line before a
// header. A text without a last newline stays without one.
func cutLines(text []byte, first expression, end int) []byte {
	start := first.start
	if end == len(text) && !bytes.HasSuffix(text, []byte("\n")) || first.isHeader && isBlankLine(text[:start]) {
		start = len(bytes.TrimSuffix(bytes.TrimSuffix(text[:start], []byte("\n")), []byte("\r")))
	}
	return slices.Concat(text[:start], text[end:])
}

// isBlankLine reports whether a text ends with a line that is empty.
func isBlankLine(text []byte) bool {
	line, ok := bytes.CutSuffix(text, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return ok && (len(line) == 0 || line[len(line)-1] == '\n')
}

// dotted writes a key.
func dotted(path []string) string {
	bare := regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	var keys []string
	for _, key := range path {
		if !bare.MatchString(key) {
			key = tomlText(key)
		}
		keys = append(keys, key)
	}
	return strings.Join(keys, ".")
}

// tomlText writes a text as JSON does, which TOML reads but for one character.
func tomlText(text string) string { return strings.ReplaceAll(quote(text), "\x7f", `\u007F`) }

// render writes a value on one line.
func render(value any) string {
	var parts []string
	switch value := value.(type) {
	case string:
		return tomlText(value)
	case atLeast:
		return strconv.Itoa(int(value))
	case []string:
		for _, text := range value {
			parts = append(parts, tomlText(text))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []any:
		for _, element := range value {
			parts = append(parts, render(element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		for _, m := range value {
			parts = append(parts, dotted([]string{m.key})+" = "+render(m.value))
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			parts = append(parts, dotted([]string{key})+" = "+render(value[key]))
		}
	default:
		encoded, err := toml.Marshal(map[string]any{"v": value})
		if err != nil {
			return `""` // not reached: the value was decoded from TOML
		}
		return strings.TrimSpace(strings.TrimPrefix(string(encoded), "v = "))
	}
	if len(parts) == 0 {
		return "{}"
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
