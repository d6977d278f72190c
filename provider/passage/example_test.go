package passage_test

import (
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/passage"
)

func ExampleSplit() {
	const text = `# Guide

## Install

Download the package for your system. Unpack it into a folder of its own.

Add that folder to the search path.
`
	for _, p := range passage.Split(text, passage.Options{MaxTokens: 40, Overlap: -1}) {
		fmt.Printf("lines %d to %d: %q\n", p.LineStart, p.LineEnd, p.Text)
	}
	// Output:
	// lines 1 to 5: "# Guide\n\n## Install\n\nDownload the package for your system. Unpack it into a folder of its own."
	// lines 7 to 7: "# Guide\n## Install\n\nAdd that folder to the search path."
}
