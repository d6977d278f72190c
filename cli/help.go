package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The columns of the help.
const (
	helpWidth = 100
	helpLeft  = 30 // of the texts beside flags, commands and tools
)

// help prints the help of a command.
func (p *program) help(cmd *cobra.Command, _ []string) {
	w := p.out
	usage := "Usage: " + cmd.UseLine()
	if !cmd.HasParent() {
		usage = "Usage: ai-endpoints-mcp [COMMAND] [flags]"
	}
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	fmt.Fprintf(w, "%s\n\n%s\n", usage, about)
	if cmd.Name() == "call" {
		printTools(w)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprint(w, "\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				printBeside(w, "  "+c.Name(), c.Short)
			}
		}
	}
	p.printFlags(w, "Flags", cmd.LocalFlags(), func(string) bool { return true })
	p.printFlags(w, "Flags of every command", cmd.InheritedFlags(), func(name string) bool { return reads(cmd, name) })
}

func (p *program) printFlags(w io.Writer, title string, flags *pflag.FlagSet, shown func(name string) bool) {
	if !flags.HasAvailableFlags() {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	flags.VisitAll(func(f *pflag.Flag) {
		if !shown(f.Name) {
			return
		}
		name := "      --" + f.Name
		if f.Shorthand != "" {
			name = "  -" + f.Shorthand + ", --" + f.Name
		}
		row, isOption := p.row(f)
		switch {
		case f.NoOptDefVal != "":
		case isOption:
			name += "=" + row.placeholder
		default:
			name += "=" + strings.ToUpper(f.Name)
		}
		text := f.Usage
		if isOption {
			text = row.documentation()
		}
		if row.variable != "" {
			text += " ($" + row.variable + ")"
		}
		printBeside(w, name, text)
	})
}

// row returns the option that a flag belongs to.
func (p *program) row(f *pflag.Flag) (option, bool) {
	for _, row := range p.rows {
		if f.Value == pflag.Value(row.value) {
			return row, true
		}
	}
	return option{}, false
}

// documentation is an option's help with its default.
func (row option) documentation() string {
	if row.value.shown == "" {
		return row.help
	}
	return strings.TrimSuffix(row.help, ".") + "; default " + row.value.shown + "."
}

// printTools lists the tools with their parameters.
func printTools(w io.Writer) {
	fmt.Fprint(w, "\nTools:\n")
	for _, tool := range allTools() {
		printBeside(w, "  "+tool.Name, tool.Use+" Parameters: "+strings.Join(parameters(tool.WithSchemas()), ", ")+".")
	}
}

// printBeside prints a text beside a name, wrapped.
func printBeside(w io.Writer, name, text string) {
	label := fmt.Sprintf("%-*s", helpLeft, name)
	if len(name) >= helpLeft {
		fmt.Fprintln(w, name)
		label = strings.Repeat(" ", helpLeft)
	}
	printHanging(w, label, helpLeft, helpWidth, text)
}

// printHanging prints a text after a label that takes the columns up to left, wrapped, so
// that it hangs there.
func printHanging(w io.Writer, label string, left, width int, text string) {
	line, length := label, left
	for i, word := range strings.Fields(text) {
		columns := utf8.RuneCountInString(word)
		if i > 0 && length+1+columns > width {
			line, length = line+"\n"+strings.Repeat(" ", left), left
		} else if i > 0 {
			line, length = line+" ", length+1
		}
		line, length = line+word, length+columns
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}
