package passage

import (
	"strings"
	"unicode"
)

// piece is what is never cut: a line, or a part of a line that is longer than a passage.
// It is not blank.
type piece struct {
	start, end int // in the text, in bytes
	line       int
	from, to   int // the weight of the text before its start, and before its end
	seam       seam
	under      *heading // the headings that it stands under
}

// seam says how good a place for a cut the start of a piece is.
type seam int

const (
	belowHeading seam = iota
	insideWord
	atSpace
	atSentence
	atLine    // indented, or what closes a block of code
	atTopLine // not indented
	insideFence
	atInnerBlock // behind a blank line or at a fence, but indented: inside a function or a list
	atBlock
	atSection // a heading
)

// isBlock says that a paragraph, a code block or a section begins here, which is not cut
// if it fits into a passage.
func (s seam) isBlock() bool { return s >= atInnerBlock }

// scanner finds the pieces of a text, and the headings and seams between them.
type scanner struct {
	text string
	max  int // the most that a piece may weigh
	emit func(piece)

	pos, weight, line int // of what was read; line is the number of the current one

	afterBlank bool     // the line before is blank, or this is the first
	heading    *heading // the last one
	atHeading  bool     // nothing followed the last heading
	fence      string   // the marks that opened the code block that goes on, "" outside of one
	afterFence bool     // the line before closed one
}

func (s *scanner) scan() {
	s.skip(len(s.text) - len(strings.TrimPrefix(s.text, "\uFEFF")))
	newline := byte('\n')
	if !strings.Contains(s.text, "\n") {
		newline = '\r' // a lone one ends a line where nothing else does
	}
	next := s.cutLine(s.pos, newline)
	for s.pos < len(s.text) {
		end := next
		next = s.cutLine(end, newline)
		s.line++
		s.readLine(s.text[s.pos:end], s.text[end:next])
		s.skip(end - s.pos)
	}
}

// cutLine returns the end of the line that begins at start, with its newline.
func (s *scanner) cutLine(start int, newline byte) int {
	if i := strings.IndexByte(s.text[start:], newline); i >= 0 {
		return start + i + 1
	}
	return len(s.text)
}

// skip reads the next n bytes.
func (s *scanner) skip(n int) {
	s.weight += weigh(s.text[s.pos : s.pos+n])
	s.pos += n
}

// readLine emits the pieces of a line.
func (s *scanner) readLine(line, next string) {
	content := strings.TrimSpace(line)
	if content == "" {
		s.afterBlank = true
		return
	}
	found, opened := s.headingOf(content, line, next), s.fenceOf(content)
	before := s.seamOf(line, content, found, opened)
	if found != nil {
		found.under = s.heading.above(found.level)
		s.heading = found.under
	}
	s.emitLine(strings.TrimRightFunc(line, unicode.IsSpace), before)
	if found != nil {
		s.heading = found
	}
	s.atHeading = found != nil || s.atHeading && isUnderline(content)
	s.afterBlank = false
	s.afterFence = s.fence != "" && closesFence(content, s.fence)
	if s.afterFence || s.fence == "" {
		s.fence = opened
	}
}

// headingOf returns the heading that the line is, or nil. It has no under yet.
func (s *scanner) headingOf(content, line, next string) *heading {
	if s.fence != "" || isIndented(line) || !s.afterBlank && !s.atHeading && !s.afterFence {
		return nil
	}
	return headingOf(content, strings.TrimSpace(next))
}

// fenceOf returns the marks of the code block that the line opens, or "". Marks of
// tildes behind text are the underline of a title, in reStructuredText.
func (s *scanner) fenceOf(content string) string {
	if s.fence != "" || content[0] == '~' && !s.afterBlank {
		return ""
	}
	return fenceOf(content)
}

func (s *scanner) seamOf(line, content string, found *heading, opened string) seam {
	switch {
	case found != nil && (!s.atHeading || found.level <= s.heading.level):
		return atSection
	case s.atHeading:
		return belowHeading
	case s.fence != "" && s.afterBlank:
		return insideFence
	case s.fence == "" && (s.afterBlank || s.afterFence || opened != ""):
		if isIndented(line) {
			return atInnerBlock
		}
		return atBlock
	case isIndented(line) || strings.ContainsAny(content[:1], "})]"):
		return atLine
	}
	return atTopLine
}

func isIndented(line string) bool { return line[0] == ' ' || line[0] == '\t' }

// emitLine emits a line as it is, or in parts if it is too long.
func (s *scanner) emitLine(line string, before seam) {
	if weight := weigh(line); weight <= s.max {
		s.emitPiece(line, weight, before)
		return
	}
	s.emitParts(line, before, atSentence)
}

// emitParts emits a part of a line, cut at places of a kind, and those parts of it that
// are too long at places of the next kind. The blanks in front of a part are left out.
func (s *scanner) emitParts(part string, before, cuts seam) {
	for len(part) > 0 {
		body := strings.TrimLeftFunc(part, unicode.IsSpace)
		s.skip(len(part) - len(body))
		part = body[s.partEnd(body, cuts):]
		body = body[:len(body)-len(part)]
		if weight := weigh(body); weight <= s.max {
			s.emitPiece(body, weight, before)
		} else {
			s.emitParts(body, before, cuts-1)
		}
		before = cuts
	}
}

// partEnd returns where the first part of s ends. Neither the part nor s is blank at its
// start or its end.
func (s *scanner) partEnd(part string, cuts seam) int {
	switch cuts {
	case atSentence:
		return sentenceEnd(part)
	case atSpace:
		return wordEnd(part)
	}
	// Small parts, so that an overlap is about as long as it should be.
	most, weight := s.max/8, 0
	for i := 0; i < len(part); {
		w, size := weighFirst(part[i:])
		if weight += w; weight > most && i > 0 {
			return i
		}
		i += size
	}
	return len(part)
}

// emitPiece reads text, and emits it.
func (s *scanner) emitPiece(text string, weight int, before seam) {
	s.emit(piece{
		start: s.pos, end: s.pos + len(text), line: s.line, from: s.weight, to: s.weight + weight,
		seam: before, under: s.heading,
	})
	s.pos += len(text)
	s.weight += weight
}
