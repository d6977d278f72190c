// Command screencast runs commands of the binary on its emulator and draws what a
// terminal shows of them as an animated SVG of a minute.
//
//	go run ./testdata/screencast BIN docs/screencast.svg
package main

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"os/exec"
	"strings"
	"unicode/utf8"
)

// scene is a command, and how it is run.
type scene struct {
	shown string
	args  []string
}

const orderSchema = `{"type":"object","properties":{"buyer":{"type":"string"},"chairs":{"type":"integer"}},"required":["buyer","chairs"]}`

func scenes() []scene {
	return []scene{
		{`ai-endpoints-mcp call chat prompt="Why is the sky blue?" model=gpt-oss-20b --sandbox`,
			[]string{"call", "chat", "prompt=Why is the sky blue?", "model=gpt-oss-20b"}},
		{`ai-endpoints-mcp models --tools --sort price --sandbox`,
			[]string{"models", "--tools", "--sort", "price"}},
		{`ai-endpoints-mcp resolve 'text_generation@biggest?input_cost<0.2' --sandbox`,
			[]string{"resolve", "text_generation@biggest?input_cost<0.2", "--limit", "3"}},
		{`echo 'Ann Lee ordered 3 chairs' | ai-endpoints-mcp call structured-extract \` + "\n" +
			`    schema:='` + orderSchema + `' --sandbox`,
			[]string{"call", "structured-extract", "text=Ann Lee ordered 3 chairs", "schema:=" + orderSchema}},
		{`ai-endpoints-mcp call embed query="where is the cat" input="the stock market fell" input="the cat sleeps" input="a dog" --sandbox`,
			[]string{"call", "embed", "query=where is the cat", "input=the stock market fell", "input=the cat sleeps", "input=a dog"}},
	}
}

const (
	seconds    = 60
	columns    = 120
	rows       = 20
	lineHeight = 20   // pixels
	width      = 1044 // pixels, for 120 characters of 14 pixels in height
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: screencast BIN FILE")
	}
	drawn, err := draw(args[0])
	if err != nil {
		return err
	}
	return os.WriteFile(args[1], drawn, 0o644)
}

// draw returns the SVG.
func draw(bin string) ([]byte, error) {
	all := scenes()
	length := float64(seconds) / float64(len(all))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="A terminal session of a minute">
<style>
  text { font: 14px ui-monospace, Menlo, Consolas, monospace; fill: #e6e6e6; white-space: pre }
  .in { fill: #7ee787 }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#16181d"/>
`, width, rows*lineHeight+32)
	for i, s := range all {
		output, err := s.run(bin)
		if err != nil {
			return nil, err
		}
		start := float64(i) * length
		fmt.Fprintf(&b, "<g visibility=\"hidden\">\n%s", shownFrom(start, start+length))
		row := 0
		line := func(class, text string, at float64) {
			row++
			fmt.Fprintf(&b, `<text x="16" y="%d"%s visibility="hidden" xml:space="preserve">%s%s</text>`+"\n",
				row*lineHeight+10, class, html.EscapeString(text), strings.TrimSpace(shownFrom(at, start+length)))
		}
		for _, text := range wrapped("$ " + s.shown) {
			line(` class="in"`, text, start+0.5)
		}
		for j, text := range wrapped(output) {
			line("", text, start+1.5+0.15*float64(j))
		}
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.Bytes(), nil
}

// shownFrom shows an element in a part of the minute, which begins again for ever. The
// times are parts of it.
func shownFrom(from, to float64) string {
	return fmt.Sprintf(`<animate attributeName="visibility" calcMode="discrete" dur="%ds" repeatCount="indefinite" `+
		`values="hidden;visible;hidden" keyTimes="0;%.4f;%.4f"/>`+"\n", seconds, from/seconds, min(to/seconds, 0.9999))
}

func (s scene) run(bin string) (string, error) {
	home, err := os.MkdirTemp("", "screencast-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	cmd := exec.Command(bin, append(s.args, "--sandbox")...)
	cmd.Env = []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", s.shown, err, stderr.String())
	}
	shown, _, _ := strings.Cut(string(output), "\nCatalogue: ") // with the time
	return strings.TrimRight(shown, "\n"), nil
}

// wrapped returns a text as the lines of a terminal, as many as it has rows for.
func wrapped(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		for utf8.RuneCountInString(line) > columns {
			runes := []rune(line)
			lines = append(lines, string(runes[:columns]))
			line = string(runes[columns:])
		}
		lines = append(lines, line)
	}
	return lines[:min(len(lines), rows-3)]
}
