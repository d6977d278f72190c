package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// output is standard output. It remembers the first failed write, so that the program
// cannot end with 0 when its answer was lost.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil && err != nil {
		o.err = fmt.Errorf("writing to standard output: %w", err)
	}
	return n, err
}

const receiving = "receiving the answer"

// answerPrinter prints the answer to stdout as it comes, and everything else to stderr, so
// that the answer can be piped. A pipe gets it as the model wrote it, a terminal without
// what would command it.
type answerPrinter struct {
	out     io.Writer
	status  *statusLine
	blank   strings.Builder // at the beginning, which is not printed before there is more
	printed strings.Builder // of the answer
}

// add prints a piece of the answer.
func (p *answerPrinter) add(piece string) {
	if p.printed.Len() == 0 && strings.TrimSpace(piece) == "" {
		p.blank.WriteString(piece)
		return
	}
	p.print(p.blank.String() + piece)
	p.blank.Reset()
}

func (p *answerPrinter) print(answer string) {
	switch isFirst := p.printed.Len() == 0; {
	case isTerminal(p.out):
		p.status.clear()
		answer = text.Lines(answer)
	case isFirst:
		p.status.wait(receiving)
	}
	p.printed.WriteString(answer)
	_, _ = io.WriteString(p.out, answer) // output keeps the error
}

// finish prints what of a result is not printed yet. Of an answer that is in a file and
// was printed as it came, that is where the file is.
func (p *answerPrinter) finish(result *mcp.CallToolResult, answered, saved bool) {
	defer p.status.clear()
	for i, content := range result.Content {
		block, ok := content.(mcp.TextContent)
		switch {
		case !ok:
		case i == 0 && answered && saved && p.printed.Len() > 0:
			where, _, _ := strings.Cut(block.Text, "\n")
			p.print("\n")
			fmt.Fprintln(p.status, text.Lines(where))
		case i == 0 && answered:
			rest, isWhole := strings.CutPrefix(block.Text, p.printed.String())
			if !isWhole { // the answer is not what came as its text
				rest = "\n" + block.Text
			}
			p.print(rest + "\n")
		default:
			if i == 0 && p.printed.Len() > 0 {
				p.print("\n")
			}
			fmt.Fprintln(p.status, text.Lines(block.Text))
		}
	}
}

func printJSON(w io.Writer, value any) error {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	if err == nil {
		_, err = io.WriteString(w, text.EscapeJSON(indented(encoded.Bytes())))
	}
	if err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// indented returns compact JSON with a line for each value, but for the numbers of a list,
// which stay in one: a vector has thousands.
func indented(compact []byte) string {
	var b strings.Builder
	b.Grow(len(compact) + len(compact)/4)
	depth := 0
	newLine := func() { b.WriteString("\n" + strings.Repeat("  ", depth)) }
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; c {
		case '"':
			end := i + 1
			for ; compact[end] != '"'; end++ {
				if compact[end] == '\\' {
					end++
				}
			}
			b.Write(compact[i : end+1])
			i = end
		case '[', '{':
			if end := i + 1 + bytes.IndexAny(compact[i+1:], `"[]{}`); compact[end] == c+2 && (end == i+1 || isNumeric(compact[i+1])) {
				b.Write(compact[i : end+1])
				i = end
				continue
			}
			b.WriteByte(c)
			depth++
			newLine()
		case ']', '}':
			depth--
			newLine()
			b.WriteByte(c)
		case ',':
			b.WriteByte(c)
			newLine()
		case ':':
			b.WriteString(": ")
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isNumeric(c byte) bool { return c == '-' || c >= '0' && c <= '9' }
