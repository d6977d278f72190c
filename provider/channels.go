package provider

import (
	"slices"
	"strings"
)

// The marks of gpt-oss' format, which an engine that does not know it leaves in the
// text: <|start|>assistant<|channel|>analysis<|message|>…<|end|>, with the channels
// analysis, commentary (calls of tools) and final (the answer).
const (
	startMark     = "<|start|>"
	channelMark   = "<|channel|>"
	constrainMark = "<|constrain|>"
	messageMark   = "<|message|>"
	endMark       = "<|end|>"
	returnMark    = "<|return|>"
	callMark      = "<|call|>"

	channelAnalysis   = "analysis"
	channelCommentary = "commentary"
	channelFinal      = "final"
	assistant         = "assistant"
)

const (
	maxHeader = 256 // bytes of a header; a longer one is text
	maxTail   = 64  // bytes from an end mark on that are held back, to see whether the answer ends there
)

// channel is the state of a [markedText] within gpt-oss' channels.
type channel struct {
	opening string          // the mark before the header
	header  string          // as far as it came
	name    string          // of the channel
	to      string          // the tool that the message calls; "" for none
	body    strings.Builder // of such a message
	calls   []writtenCall
}

// writtenCall is a call of a tool that the model wrote as text.
type writtenCall struct{ name, arguments string }

func (m *markedText) openHeader(mark string) {
	m.state, m.channel.opening, m.channel.header = inHeader, mark, ""
}

func (m *markedText) putHeader(text string) {
	if m.channel.header += text; len(m.channel.header) > maxHeader {
		m.state = inText
		m.putText(m.channel.header)
	}
}

// endHeader ends the answer within a header. One of other words than those of the format
// is text that mentions the mark.
func (m *markedText) endHeader() {
	for word := range strings.FieldsSeq(m.channel.header) {
		isKnown := slices.ContainsFunc([]string{assistant, channelAnalysis, channelCommentary, channelFinal, "json", "to=", "user", "tool"},
			func(known string) bool { return strings.HasPrefix(known, word) || strings.HasPrefix(word, known) })
		if !isKnown {
			m.state = inText
			m.putText(m.channel.opening + m.channel.header)
			return
		}
	}
}

// header reads a "<" within a header.
func (m *markedText) header(text string, last bool) int {
	mark, more := markAt(text, last, messageMark, channelMark, constrainMark, startMark, endMark)
	switch {
	case more:
		return 0
	case mark == "":
		m.putHeader("<")
		return 1
	case mark == messageMark:
		m.openChannel()
	default:
		m.putHeader(" ")
	}
	return len(mark)
}

// openChannel begins the message of the header. One without a channel is the answer.
func (m *markedText) openChannel() {
	m.state, m.begins = inChannel, true
	m.channel.name, m.channel.to = channelFinal, ""
	for word := range strings.FieldsSeq(m.channel.header) {
		if to, ok := strings.CutPrefix(word, "to="); ok {
			m.channel.to = strings.TrimPrefix(to, "functions.")
		} else if word != assistant && !strings.HasPrefix(word, "json") {
			m.channel.name = word
		}
	}
}

func (m *markedText) putChannel(text string) {
	switch {
	case m.channel.to != "":
		m.channel.body.WriteString(text)
	case m.channel.name == channelFinal:
		m.putText(text)
	default:
		m.putThought(text)
	}
}

// message reads a "<" within a message.
func (m *markedText) message(text string, last bool) int {
	mark, more := markAt(text, last, endMark, returnMark, callMark, startMark, channelMark)
	switch {
	case more, mark != "" && len(text) == len(mark) && !last:
		return 0
	case mark == "":
		m.putChannel("<")
		return 1
	case m.channel.name == channelFinal && isQuoted(m.text.String(), text[len(mark):]):
		m.putChannel(mark)
		return len(mark)
	}
	m.endChannel()
	if mark == startMark || mark == channelMark {
		m.openHeader(mark)
	}
	return len(mark)
}

// endChannel ends a message.
func (m *markedText) endChannel() {
	if m.state != inChannel {
		return
	}
	if m.state = atStart; m.channel.to != "" {
		m.channel.calls = append(m.channel.calls, writtenCall{m.channel.to, m.channel.body.String()})
		m.channel.body.Reset()
	}
}

// channelWithin reads a mark of a channel within text that began without one. A mark
// that ends a message counts only where another one follows, or where the answer ends.
func (m *markedText) channelWithin(mark, text string, last bool) int {
	after := strings.TrimLeft(text[len(mark):], blanks)
	next, more := markAt(after, last, startMark, channelMark)
	begins := mark != endMark && mark != returnMark && mark != callMark
	switch {
	case len(text) == len(mark) && !last:
		return 0
	case isQuoted(m.text.String(), text[len(mark):]), m.code.inside(m.text.String()):
		m.putText(mark)
		return len(mark)
	case begins:
		m.apart = true
		length := strings.Index(mark, "|>") + len("|>")
		m.openHeader(mark[:length])
		return length
	case after == "" && last:
		return len(text)
	case (after == "" || more) && len(text) < maxTail:
		return 0
	case next == "":
		m.putText(mark)
		return len(mark)
	case !m.apart && m.thoughts.Len() == 0:
		m.moveToThoughts() // the beginning of its message was left out
	}
	m.state, m.apart = atStart, true
	return len(mark)
}
