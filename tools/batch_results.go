package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const extJSON = ".json"

// maxFailedShown is how many failed items an answer names whose results were saved.
const maxFailedShown = 10

// addResults adds the results of a batch to its output, or saves them if they have a
// destination: then only the first that failed stay.
func (o *output) addResults(out *batchOutput, to *save.Destination, results []batchResult) {
	out.Failed, o.structured = out.Total-out.Done, out
	summary := out.summary(o.meta.Model)
	out.Saved = o.save(to, preview(results), func(w io.Writer) error {
		return writeResults(w, results, to.Extension() == extJSON)
	})
	if out.Saved == nil {
		out.Results = results
		o.text = append(o.text, resultsText(results), summary)
		return
	}
	for _, r := range results {
		if r.Error != nil && len(out.Results) < maxFailedShown {
			r.Content = ""
			out.Results = append(out.Results, r)
		}
	}
	o.text = append(o.text, summary)
	if out.Results != nil {
		o.text = append(o.text, resultsText(out.Results))
	}
	o.text = []string{strings.Join(o.text, "\n\n")}
}

func (out *batchOutput) summary(model string) string {
	said := fmt.Sprintf("%d of %s done with %s", out.Done, text.Count(out.Total, "item"), model)
	if out.Failed > 0 {
		said += fmt.Sprintf(", %d failed", out.Failed)
	}
	if out.Status == statusPartial {
		said += "; not all were asked to the end"
	}
	return said + "."
}

// writeResults writes a result a line, as JSON Lines or as one JSON array.
func writeResults(w io.Writer, results []batchResult, array bool) error {
	begin, between, end := "", "\n", "\n"
	if array {
		begin, between, end = "[\n", ",\n", "\n]\n"
	}
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	for i, r := range results {
		line.Reset()
		if err := encoder.Encode(r); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s%s", begin, bytes.TrimSuffix(line.Bytes(), []byte("\n"))); err != nil {
			return err
		}
		if begin = between; i == len(results)-1 {
			begin = end
		}
	}
	_, err := io.WriteString(w, begin)
	return err
}

// preview returns how the results begin.
func preview(results []batchResult) string {
	return text.Cut(resultsText(results[:min(3, len(results))]), maxPreview)
}

// resultsText returns the answers as text, each behind its index; data as JSON, a result a
// line. Failures that follow each other and are alike are one.
func resultsText(results []batchResult) string {
	var b strings.Builder
	if hasData(results) {
		_ = writeResults(&b, results, true) // a builder does not fail
		return strings.TrimSuffix(b.String(), "\n")
	}
	for i := 0; i < len(results); i++ {
		first := results[i]
		for i+1 < len(results) && results[i+1].Index == results[i].Index+1 && results[i+1].failsAs(first) {
			i++
		}
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "[%d]", first.Index)
		if last := results[i].Index; last != first.Index {
			fmt.Fprintf(&b, " to [%d]", last)
		} else if first.File != "" {
			b.WriteString(" " + first.File)
			if first.Line > 0 {
				fmt.Fprintf(&b, ":%d", first.Line)
			}
		}
		if first.Error != nil {
			fmt.Fprintf(&b, " failed: %s: %s", first.Error.Code, first.Error.Message)
		}
		if separator := " "; first.Content != "" {
			if first.File != "" || first.Error != nil || strings.Contains(first.Content, "\n") {
				separator = "\n"
			}
			b.WriteString(separator + strings.TrimRight(first.Content, "\n"))
			if separator == "\n" && i+1 < len(results) {
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}

func hasData(results []batchResult) bool {
	for _, r := range results {
		if r.Data != nil {
			return true
		}
	}
	return false
}

// failsAs reports whether a result is the same failure, without any content.
func (r batchResult) failsAs(other batchResult) bool {
	return r.Error != nil && other.Error != nil && r.Content+other.Content == "" && *r.Error == *other.Error
}
