package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// modelFilter says which models the command prints, in what order and form.
type modelFilter struct {
	sort, tag                                         string
	vision, tools, reasoning, json, all, wide, asJSON bool
}

func (p *program) modelsCommand() *cobra.Command {
	f, file := &modelFilter{}, &modelsFile{}
	cmd := &cobra.Command{Use: "models", Short: "Print the catalogue of models as a table, or open it in a browser.", Args: noArguments}
	f.sort = string(catalog.ByName)
	sorts := []string{"name", "price", "size", "context", "date"}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.Var(oneOf(&f.sort, sorts...), "sort", "name (default), price, size, context or date.")
	flags.StringVar(&f.tag, "tag", "", "Only models of this series, publisher or use case.")
	flags.BoolVar(&f.vision, "vision", false, "Only models that take images.")
	flags.BoolVar(&f.tools, "tools", false, "Only models that call tools.")
	flags.BoolVar(&f.reasoning, "reasoning", false, "Only models that reason.")
	flags.BoolVar(&f.json, "structured", false, "Only models that can answer to a JSON Schema.")
	flags.BoolVar(&f.all, "all", false, "Include models that are not available.")
	flags.BoolVar(&f.wide, "wide", false, "Show all columns, however narrow the terminal is.")
	flags.BoolVar(&f.asJSON, "json", false, "Print the models as JSON.")
	var ofTable []string
	flags.VisitAll(func(flag *pflag.Flag) { ofTable = append(ofTable, flag.Name) })
	flags.BoolVar(&file.open, "open", false, "Open all models in a browser: a page to filter, plot and compare, with the day's budget.")
	flags.StringVar(&file.path, "output", "", "File of that page; alone, it is only written. Default models.html below --cache-dir.")
	cmd.RunE = p.loading(func(ctx context.Context, _ []string) error {
		if !file.isAsked() {
			return p.printModels(ctx, f)
		}
		if err := file.check(cmd, ofTable); err != nil {
			return err
		}
		return p.writeModels(ctx, file)
	})
	// Registering fails only for unknown flags.
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(sorts, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("tag", completeTag)
	return cmd
}

// printModels prints the models that pass the filter.
func (p *program) printModels(ctx context.Context, c *modelFilter) error {
	a, err := newApp(p, appOptions{quiet: true})
	if err != nil {
		return err
	}
	defer a.Close()
	known := a.provider.Catalog(ctx)
	models := known.Select(c.filter(), catalog.Order(c.sort))
	if c.asJSON {
		return printJSON(p.out, struct {
			Sandbox   string          `json:"sandbox,omitempty"`
			Source    catalog.Source  `json:"source"`
			FetchedAt string          `json:"fetched_at"`
			Models    []catalog.Model `json:"models"`
		}{p.sandboxNote(), known.Source, known.FetchedAt.UTC().Format("2006-01-02T15:04:05Z"), models})
	}
	if err := printTable(p.out, models, c.wide); err != nil {
		return fmt.Errorf("printing the models: %w", err)
	}
	fmt.Fprintf(p.err, "%d of %d models; prices in EUR per million tokens; catalogue: %s of %s\n",
		len(models), len(known.Models()), known.Source, known.FetchedAt.UTC().Format("2006-01-02 15:04 UTC"))
	if note := p.sandboxNote(); note != "" {
		fmt.Fprintln(p.err, note)
	}
	return nil
}

// sandboxNote is "" outside of a sandbox.
func (p *program) sandboxNote() string {
	if !p.options.Sandbox {
		return ""
	}
	return server.SandboxNote
}

// filter returns the filter that the flags ask for.
func (c *modelFilter) filter() catalog.Filter {
	filter := catalog.Filter{Tag: c.tag, Unavailable: c.all}
	for _, needed := range []struct {
		capability catalog.Capability
		isNeeded   bool
	}{{catalog.Vision, c.vision}, {catalog.ToolCalls, c.tools}, {catalog.Reasoning, c.reasoning}, {catalog.JSONSchema, c.json}} {
		if needed.isNeeded {
			filter.Supports = append(filter.Supports, needed.capability)
		}
	}
	return filter
}

type column struct {
	title string
	cell  func(catalog.Model) string
}

// columns returns the table's columns. The first ones, which [pickedBy] counts, are those
// that one picks a model by; they have a short form.
func columns(short bool) []column {
	context, abilities := column{"CONTEXT", fullContext}, column{"ABILITIES", abilityNames}
	if short {
		context, abilities = column{"CTX", shortContext}, column{"ABILITIES", shortAbilities}
	}
	return []column{
		{"MODEL", func(m catalog.Model) string { return m.ID }},
		{"IN", func(m catalog.Model) string { return number(m.InputPrice) }},
		{"OUT", func(m catalog.Model) string { return number(m.OutputPrice) }},
		context,
		abilities,
		{"SIZE", func(m catalog.Model) string {
			if m.ParamsB == nil {
				return ""
			}
			return number(m.ParamsB) + "B"
		}},
		{"PUBLISHED", func(m catalog.Model) string { return m.PublishedAt.String() }},
		{"CATEGORY", func(m catalog.Model) string { return m.Category }},
	}
}

const pickedBy = 5

// printTable prints the columns that the terminal has room for, or all.
func printTable(w io.Writer, models []catalog.Model, wide bool) error {
	table := cells(columns(false), models)
	if most := maxWidth(w); !wide && tableWidth(table) > most {
		for len(table) > pickedBy && tableWidth(table) > most {
			table = table[:len(table)-1]
		}
		if tableWidth(table) > most {
			table = cells(columns(true)[:pickedBy], models)
		}
	}
	for row := range len(models) + 1 {
		var line strings.Builder
		for _, cells := range table {
			fmt.Fprintf(&line, "%-*s  ", columnWidth(cells), cells[row])
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// cells returns the columns of the table, each with its title first.
func cells(shown []column, models []catalog.Model) [][]string {
	var table [][]string
	for _, c := range shown {
		cells := []string{c.title}
		for _, m := range models {
			cells = append(cells, c.cell(m))
		}
		table = append(table, cells)
	}
	return table
}

func columnWidth(cells []string) int {
	width := 0
	for _, cell := range cells {
		width = max(width, utf8.RuneCountInString(cell))
	}
	return width
}

func tableWidth(table [][]string) int {
	sum := -2
	for _, cells := range table {
		sum += columnWidth(cells) + 2
	}
	return sum
}

// maxWidth returns the terminal's width; files and pipes have no limit.
func maxWidth(w io.Writer) int {
	const unlimited = 1 << 20
	file := fileOf(w)
	if file == nil {
		return unlimited
	}
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return unlimited
	}
	return columns
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return text.Number(*f)
}

func fullContext(m catalog.Model) string {
	if m.ContextTokens == 0 {
		return ""
	}
	return strconv.Itoa(m.ContextTokens)
}

func shortContext(m catalog.Model) string {
	if m.ContextTokens < 1000 {
		return fullContext(m)
	}
	return strconv.Itoa(m.ContextTokens/1000) + "k"
}

func abilityNames(m catalog.Model) string {
	return catalog.Labels(m.Capabilities(append(catalog.ChatCapabilities(), catalog.Embeddings)), ",")
}

func shortAbilities(m catalog.Model) string {
	return strings.NewReplacer(",", " ", "reasoning", "reason").Replace(abilityNames(m))
}
