package provider

import "strings"

// markedText tells the answer in a model's text from the reasoning that an engine left
// in it. It reads the text in pieces of any size and holds back only what may be the
// beginning of a mark. These are marks, as written here and in no other case:
//
//   - <think> or <thinking>, where the answer begins: after nothing but white space and
//     other reasoning. Elsewhere it is text, since answers also write about it. The
//     reasoning ends with its closing tag, or with the answer.
//   - A closing tag without an opening one, which some engines leave out: all text
//     before it was reasoning. It is text if there was reasoning before it, if it
//     closes an opening tag in the text, in code, in JSON, between quotes, and before
//     punctuation.
//   - The channels of gpt-oss; see channels.go.
type markedText struct {
	text, thoughts strings.Builder
	state          markState
	held           string // the end of what was read: it may be the beginning of a mark
	closing        string // the tag that ends the reasoning
	apart          bool   // a mark told reasoning from text
	begins         bool   // the next thought begins a block
	first          byte   // of the text that is not blank; 0 before it
	taken          int    // bytes of the text that fresh returned
	opened         int    // opening tags that are text, and not closed
	code           codeSpans
	channel        channel
}

type markState int

const (
	atStart   markState = iota // of the text, or after reasoning
	inText                     // of the answer
	inThought                  // after an opening tag
	inHeader                   // of a channel
	inChannel
)

const blanks = " \t\r\n"

// write reads the next piece.
func (m *markedText) write(piece string) {
	if m.state == inText && m.held == "" && strings.IndexByte(piece, '<') < 0 {
		m.putText(piece)
		return
	}
	m.read(m.held+piece, false)
}

// end reads what was held back: nothing more comes.
func (m *markedText) end() {
	if m.read(m.held, true); m.state == inHeader {
		m.endHeader()
	}
	m.endChannel()
}

func (m *markedText) read(text string, last bool) {
	for text != "" {
		n := m.step(text, last)
		if n == 0 {
			break
		}
		text = text[n:]
	}
	m.held = text
}

// step reads the beginning of a text and returns how many bytes that is: 0 if it takes
// more text to tell, which is never so for the last one.
func (m *markedText) step(text string, last bool) int {
	if m.state == atStart {
		if n := len(text) - len(strings.TrimLeft(text, blanks)); n > 0 {
			if !m.apart {
				m.putText(text[:n])
			}
			return n
		}
		return m.start(text, last)
	}
	if n := strings.IndexByte(text, '<'); n != 0 {
		if n < 0 {
			n = len(text)
		}
		m.put(text[:n])
		return n
	}
	switch m.state {
	case inThought:
		return m.thought(text, last)
	case inHeader:
		return m.header(text, last)
	case inChannel:
		return m.message(text, last)
	default:
		return m.within(text, last)
	}
}

// put adds what is no mark to where it belongs.
func (m *markedText) put(text string) {
	switch m.state {
	case inThought:
		m.putThought(text)
	case inHeader:
		m.putHeader(text)
	case inChannel:
		m.putChannel(text)
	default:
		m.putText(text)
	}
}

func (m *markedText) putText(text string) {
	if m.first == 0 {
		if word := strings.TrimSpace(text); word != "" {
			m.first = word[0]
		}
	}
	m.text.WriteString(text)
}

func (m *markedText) putThought(text string) {
	if m.begins {
		if text = strings.TrimLeft(text, blanks); text == "" {
			return
		}
		if m.begins = false; m.thoughts.Len() > 0 {
			m.thoughts.WriteByte('\n')
		}
	}
	m.thoughts.WriteString(text)
}

// start reads what is not blank where the answer begins.
func (m *markedText) start(text string, last bool) int {
	mark, more := markAt(text, last, "<think>", "<thinking>", "</think>", "</thinking>", channelMark, startMark, messageMark,
		endMark, returnMark, callMark)
	if more {
		return 0
	}
	if mark == "" {
		m.state = inText
		return m.step(text, last)
	}
	if !m.apart {
		m.text.Reset() // white space
	}
	m.apart = true
	switch mark {
	case "<think>", "<thinking>":
		m.state, m.begins, m.closing = inThought, true, "</"+mark[1:]
	case channelMark, startMark:
		m.openHeader(mark)
	case messageMark:
		m.openHeader(mark)
		m.openChannel()
	}
	return len(mark)
}

// thought reads a "<" within reasoning.
func (m *markedText) thought(text string, last bool) int {
	mark, more := markAt(text, last, m.closing)
	switch {
	case more, mark != "" && len(text) == len(mark) && !last:
		return 0
	case mark == "":
		m.putThought("<")
		return 1
	case isQuoted(m.thoughts.String(), text[len(mark):]):
		m.putThought(mark)
	default:
		m.state = atStart
	}
	return len(mark)
}

// within reads a "<" within the answer.
func (m *markedText) within(text string, last bool) int {
	mark, more := markAt(text, last, "<think>", "<thinking>", "</think>", "</thinking>",
		channelMark+channelAnalysis, channelMark+channelCommentary, channelMark+channelFinal, startMark+assistant, endMark, returnMark, callMark)
	switch {
	case more:
		return 0
	case mark == "":
		m.putText("<")
		return 1
	case mark[1] == '|':
		return m.channelWithin(mark, text, last)
	case mark[1] != '/':
		m.opened++
	case len(text) == len(mark) && !last:
		return 0
	case m.opened > 0:
		m.opened--
	case m.closesAll(text[len(mark):]):
		m.moveToThoughts()
		return len(mark)
	}
	m.putText(mark)
	return len(mark)
}

// closesAll reports whether a closing tag before this text ends reasoning that was
// never opened.
func (m *markedText) closesAll(after string) bool {
	switch {
	case m.apart, m.thoughts.Len() > 0, m.first == '{', m.first == '[':
		return false
	case after != "" && strings.IndexByte(".,;:!?)", after[0]) >= 0:
		return false
	}
	return !isQuoted(m.text.String(), after) && !m.code.inside(m.text.String())
}

// moveToThoughts makes reasoning of all text before.
func (m *markedText) moveToThoughts() {
	m.begins = true
	m.putThought(m.text.String())
	m.text.Reset()
	m.first, m.taken, m.opened, m.code = 0, 0, 0, codeSpans{}
	m.state, m.apart = atStart, true
}

// isEmpty reports whether nothing was read.
func (m *markedText) isEmpty() bool {
	return m.text.Len() == 0 && m.thoughts.Len() == 0 && m.held == ""
}

// fresh returns the text that it did not return before. Blank text waits for more,
// since an answer of nothing else is asked for again.
func (m *markedText) fresh() string {
	if m.first == 0 {
		return ""
	}
	text := m.text.String()
	fresh := text[m.taken:]
	m.taken = len(text)
	return fresh
}

// reasoning returns all thoughts.
func (m *markedText) reasoning() string {
	if m.apart {
		return strings.TrimRight(m.thoughts.String(), blanks)
	}
	return m.thoughts.String()
}

// markAt returns the mark with which a text begins. more reports that the text is too
// short to tell.
func markAt(text string, last bool, marks ...string) (mark string, more bool) {
	for _, mark := range marks {
		if strings.HasPrefix(text, mark) {
			return mark, false
		}
		more = more || !last && strings.HasPrefix(mark, text)
	}
	return "", more
}

// isQuoted reports whether the same quotation mark stands at the end of before and at
// the beginning of after.
func isQuoted(before, after string) bool {
	return before != "" && after != "" && before[len(before)-1] == after[0] && strings.IndexByte("`'\"", after[0]) >= 0
}
