package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// heading is a heading of Markdown, with those that it stands under.
type heading struct {
	text   string
	level  int // 1 is the highest
	weight int // of text and its newline
	under  *heading
}

// above returns h or the nearest heading above it whose level is higher than level.
func (h *heading) above(level int) *heading {
	for h != nil && h.level >= level {
		h = h.under
	}
	return h
}

// headingOf returns the heading that a line is by what it says and by the next one, or
// nil. Both are without blanks around. A line that begins with # is a comment in many
// languages: it is no heading where the next one is such a line, too, and one # counts
// only above a blank line or another heading.
func headingOf(line, next string) *heading {
	level, isTitle := headingLevel(line), false
	switch {
	case level == 0:
		level, isTitle = underlineLevel(next), !isUnderline(line)
		r, _ := utf8.DecodeRuneInString(line)
		if level == 0 || !isTitle || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return nil
		}
	case headingLevel(next) == level:
		return nil
	case level == 1 && next != "" && headingLevel(next) == 0:
		return nil
	}
	return &heading{text: line, level: level, weight: weigh(line) + 1}
}

// headingLevel returns how many # the line begins with, or 0 if it is no heading.
func headingLevel(line string) int {
	const deepest = 6
	title := strings.TrimLeft(line, "#")
	level := len(line) - len(title)
	if level > deepest || title == "" || title[0] != ' ' && title[0] != '\t' {
		return 0
	}
	return level
}

// underlineLevel returns the level of the title above an underline, or 0.
func underlineLevel(line string) int {
	const shortest = 3
	switch {
	case len(line) < shortest:
		return 0
	case strings.Trim(line, "=") == "":
		return 1
	case strings.Trim(line, "-") == "":
		return 2
	}
	return 0
}

func isUnderline(line string) bool { return underlineLevel(line) > 0 }

// fenceOf returns the marks with which a line opens a code block, or "".
func fenceOf(line string) string {
	const shortest = 3
	mark := line[:1]
	if mark != "`" && mark != "~" {
		return ""
	}
	info := strings.TrimLeft(line, mark)
	marks := line[:len(line)-len(info)]
	if len(marks) < shortest || mark == "`" && strings.Contains(info, mark) {
		return ""
	}
	return marks
}

// closesFence says whether a line closes the code block that marks have opened.
func closesFence(line, marks string) bool {
	return len(line) >= len(marks) && strings.Trim(line, marks[:1]) == ""
}
