package tools

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// listText returns the models as a table in few tokens: 20 rows of the real catalogue take
// less than 400. Models of one kind and unit of price stand below one heading, models that
// differ only by their id in one row, abilities are letters, a price is .04/.15, and a date
// Aug25: that is four and two tokens, where 0.04/0.15 is eight and 2025-08 five.
func listText(list *provider.ModelList, out *listOutput, by catalog.Order) string {
	var b strings.Builder
	if list.Service != "" {
		fmt.Fprintf(&b, "%s has no catalogue: only the ids of its models are known.\n", list.Service)
	} else {
		b.WriteString(legend(out.Models, by) + "\n")
	}
	for _, group := range groupsOf(out.Models) {
		if list.Service == "" {
			b.WriteString(group.heading + "\n")
		}
		for i := 0; i < len(group.rows); {
			facts := factsOf(group.rows[i], by)
			ids := []string{shownID(group.rows[i].ID)}
			for i++; i < len(group.rows) && factsOf(group.rows[i], by) == facts; i++ {
				ids = append(ids, shownID(group.rows[i].ID))
			}
			b.WriteString(strings.Join(ids, ", ") + facts + "\n")
		}
	}
	b.WriteString(footer(list, out))
	return b.String()
}

// legend names the columns and the letters that occur.
func legend(rows []listedModel, by catalog.Order) string {
	has := func(is func(listedModel) bool) bool { return slices.ContainsFunc(rows, is) }
	columns := []string{"id"}
	if has(func(m listedModel) bool { return m.PriceUnit == catalog.MillionInputTokens }) {
		columns = append(columns, "EUR per million tokens in/out")
	}
	if has(func(m listedModel) bool { return m.ContextTokens > 0 }) {
		columns = append(columns, "context")
	}
	var letters []string
	for _, c := range catalog.ChatCapabilities() {
		if has(func(m listedModel) bool { return strings.Contains(abilityLetters(m), letter(c)) }) {
			letters = append(letters, letter(c)+" "+string(c))
		}
	}
	if letters != nil {
		columns = append(columns, strings.Join(letters, " "))
	}
	if by == catalog.BySize {
		return strings.Join(append(columns, "billion parameters"), ", ")
	}
	return strings.Join(append(columns, "published MonYY"), ", ")
}

// headed are rows below a heading, in their order.
type headed struct {
	heading string
	rows    []listedModel
}

// groupsOf files the rows by kind, and by unit of price within a kind.
func groupsOf(rows []listedModel) []headed {
	var groups []headed
	for _, kind := range append(catalog.Groups(), "") {
		var ofKind []headed
		for _, m := range rows {
			if m.Kind != kind {
				continue
			}
			i := slices.IndexFunc(ofKind, func(g headed) bool { return g.heading == heading(m) })
			if i < 0 {
				i = len(ofKind)
				ofKind = append(ofKind, headed{heading: heading(m)})
			}
			ofKind[i].rows = append(ofKind[i].rows, m)
		}
		groups = append(groups, ofKind...)
	}
	return groups
}

func heading(m listedModel) string {
	kind := kindWords(m.Kind)
	switch {
	case slices.Contains(m.Supports, catalog.SpeechToText):
		kind = "speech to text"
	case slices.Contains(m.Supports, catalog.TextToSpeech):
		kind = "text to speech"
	}
	if m.PriceUnit == "" || m.PriceUnit == catalog.MillionInputTokens {
		return kind
	}
	return kind + ", EUR " + text.Excerpt(catalog.UnitWords(m.PriceUnit), 60)
}

func kindWords(kind catalog.Group) string {
	if kind == "" {
		return "unknown kind"
	}
	return string(kind)
}

// factsOf returns what stands behind a model's id.
func factsOf(m listedModel, by catalog.Order) string {
	last := m.Published.Format("Jan06")
	if by == catalog.BySize {
		last = sizeText(m.ParamsB)
	}
	var b strings.Builder
	for _, fact := range []string{priceText(m), contextText(m.ContextTokens), abilityLetters(m), last} {
		if fact != "" {
			b.WriteString(" " + fact)
		}
	}
	switch m.Status {
	case catalog.StatusRetiring:
		b.WriteString(", retires " + m.Retires.String())
	case catalog.StatusRetired, catalog.StatusUnavailable:
		b.WriteString(", " + m.Status)
	}
	if m.Replacement != "" {
		b.WriteString(": use " + shownID(m.Replacement))
	}
	return b.String()
}

func priceText(m listedModel) string {
	switch in, out := m.InputPrice, m.OutputPrice; {
	case in == nil && out == nil:
		return ""
	case in == nil:
		return "?/" + euros(*out)
	case *in == 0 && (out == nil || *out == 0):
		return "free"
	case out == nil || *in == *out:
		return euros(*in)
	default:
		return euros(*in) + "/" + euros(*out)
	}
}

func euros(price float64) string {
	number := text.Number(price)
	if strings.HasPrefix(number, "0.") {
		return number[1:]
	}
	return number
}

// sizeText rounds, to save tokens.
func sizeText(billions *float64) string {
	switch {
	case billions == nil:
		return ""
	case *billions < 10:
		return text.Number(math.Round(*billions*10) / 10)
	default:
		return text.Number(math.Round(*billions))
	}
}

func contextText(tokens int) string {
	switch {
	case tokens == 0:
		return ""
	case tokens < 1000:
		return strconv.Itoa(tokens)
	default:
		return strconv.Itoa(tokens/1000) + "k"
	}
}

// abilityLetters leaves out that a vision model has vision.
func abilityLetters(m listedModel) string {
	var letters strings.Builder
	for _, c := range catalog.ChatCapabilities() {
		if slices.Contains(m.Supports, c) && (c != catalog.Vision || m.Kind != catalog.GroupVision) {
			letters.WriteString(letter(c))
		}
	}
	return letters.String()
}

func letter(c catalog.Capability) string { return string(c)[:1] }

// shownID returns an id that reads as one word, whatever it holds.
func shownID(id string) string {
	shown := text.Excerpt(id, 80)
	if strings.ContainsAny(shown, ` ,:"`) {
		return strconv.Quote(shown)
	}
	return shown
}

// footer says how many models match, which are not shown, and how old the figures are.
func footer(list *provider.ModelList, out *listOutput) string {
	var b strings.Builder
	b.WriteString(text.Count(out.Total, "model"))
	if hidden := list.Models[len(out.Models):]; len(hidden) > 0 {
		b.WriteString(", not shown (limit): " + countKinds(hidden))
	}
	if list.Service == "" {
		fmt.Fprintf(&b, "; %s catalogue of %s", out.Catalog.Source, out.Catalog.FetchedAt.UTC().Format("2006-01-02"))
	}
	return b.String()
}

// countKinds returns how many models there are of each kind: "2 chat, 1 speech".
func countKinds(models []catalog.Model) string {
	count := map[catalog.Group]int{}
	for _, m := range models {
		count[m.Group()]++
	}
	var counts []string
	for _, kind := range append(catalog.Groups(), "") {
		if count[kind] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", count[kind], kindWords(kind)))
		}
	}
	return strings.Join(counts, ", ")
}
