package main

import (
	"fmt"
	"io"
	"math"
)

// bar is a ratio of ours to the bare tool in the plot. Less is better.
type bar struct {
	label         string
	measure, unit string
}

func bars() []bar {
	stdio, http := transports()[0], transports()[1]
	return []bar{
		{"latency, 1 caller, stdio", stdio.p50(1), "ms"},
		{"latency, 1 caller, HTTP", http.p50(1), "ms"},
		{"p99, 256 callers, stdio", stdio.p99(256), "ms"},
		{"p99, 256 callers, HTTP", http.p99(256), "ms"},
		{"CPU a call, 16 callers, stdio", stdio.cpu(16), "ms"},
		{"CPU a call, 16 callers, HTTP", http.cpu(16), "ms"},
		{"CPU of 4,000 tokens, stdio", stdio.longStream("CPU"), "ms"},
		{"time of a 10 MB prompt, stdio", stdio.promptTime(10), "ms"},
		{"peak memory of it, stdio", stdio.promptPeak(10), "x"},
		{"memory of 1,000 streams, HTTP", openStreams, "MB"},
		{"idle memory, stdio", stdio.idle(), "MB"},
		{"start", start, "ms"},
	}
}

// The plot's measures, in pixels.
const (
	plotWidth  = 720
	labelWidth = 250 // left of the bars
	valueWidth = 60  // right of them
	rowHeight  = 26
	barHeight  = 14
	topHeight  = 58
	bottom     = 34
)

const plotStyle = `<style>
text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.quiet { fill: #59636e; font-size: 12px }
.paper { fill: #ffffff }
.value { stroke: #ffffff; stroke-width: 4; paint-order: stroke }
.grid { stroke: #d1d9e0; stroke-width: 1 }
.one { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3 }
.less { fill: #1a7f64 }
.more { fill: #bc6c25 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.quiet { fill: #9198a1 }
.paper { fill: #0d1117 }
.value { stroke: #0d1117 }
.grid { stroke: #3d444d }
.one { stroke: #9198a1 }
.less { fill: #3fb993 }
.more { fill: #e0965a }
}
</style>
`

// plot draws the ratios of ours to the bare tool as bars beside the line of 1.
func (t table) plot(w io.Writer) {
	var shown []bar
	most := 1.5
	for _, b := range bars() {
		if r := t.row(b.measure, b.unit); r != nil && !math.IsNaN(r.toBare()) {
			shown, most = append(shown, b), max(most, math.Ceil(2*r.toBare())/2)
		}
	}
	height := topHeight + rowHeight*len(shown) + bottom
	end := topHeight + rowHeight*len(shown)
	x := func(ratio float64) float64 { return labelWidth + ratio/most*(plotWidth-labelWidth-valueWidth) }
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" `, plotWidth, height)
	fmt.Fprintln(w, `role="img" aria-labelledby="title">`)
	fmt.Fprintf(w, "<title id=\"title\">ai-endpoints-mcp as a ratio to a bare mcp-go tool</title>\n%s", plotStyle)
	fmt.Fprintf(w, "<rect class=\"paper\" width=\"%d\" height=\"%d\" rx=\"6\"/>\n", plotWidth, height)
	fmt.Fprintln(w, `<text class="title" x="16" y="26">Beside a bare mcp-go tool</text>`)
	fmt.Fprintln(w, `<text class="quiet" x="16" y="44">what this server takes, as a multiple of what the tool takes; less is better</text>`)
	for ratio := 0.0; ratio <= most; ratio += 0.5 {
		class := "grid"
		if ratio == 1 {
			class = "one"
		}
		fmt.Fprintf(w, "<line class=\"%s\" x1=\"%.1f\" y1=\"%d\" x2=\"%[2]f\" y2=\"%[4]d\"/>\n", class, x(ratio), topHeight, end)
		fmt.Fprintf(w, "<text class=\"quiet\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%g</text>\n", x(ratio), end+18, ratio)
	}
	for i, b := range shown {
		drawBar(w, b.label, t.row(b.measure, b.unit).toBare(), topHeight+rowHeight*i, x)
	}
	fmt.Fprintln(w, "</svg>")
}

func drawBar(w io.Writer, label string, ratio float64, top int, x func(float64) float64) {
	class := "less"
	if ratio > 1 {
		class = "more"
	}
	middle := top + rowHeight/2
	fmt.Fprintf(w, "<text text-anchor=\"end\" x=\"%d\" y=\"%d\">%s</text>\n", labelWidth-10, middle+4, label)
	fmt.Fprintf(w, "<rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" rx=\"2\"/>\n",
		class, x(0), middle-barHeight/2, x(ratio)-x(0), barHeight)
	fmt.Fprintf(w, "<text class=\"value\" x=\"%.1f\" y=\"%d\">%s</text>\n", x(ratio)+6, middle+4, figure(ratio))
}
