package callers

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// addText adds an entry as lines at the end of the file, where the callers end: they are
// its only key. The caller checks the result, since a file may be written otherwise.
func addText(content []byte, entry string) ([]byte, error) {
	entries, err := entriesOf(content)
	columns := indent
	switch {
	case errors.Is(err, errNobody):
		if root, err := yamlfile.Parse(content); err != nil || root == nil {
			entry, columns = "callers:\n"+indented(entry, indent), 0
		}
	case err != nil:
		return nil, err
	default:
		columns = entries[0].Key.Column - 1
	}
	text := string(content)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return []byte(text + indented(entry, columns)), nil
}

// removeText removes the lines of an entry. The caller checks the result, since a file may
// be written otherwise.
func removeText(content []byte, entries []yamlfile.Entry, name string) []byte {
	at := slices.IndexFunc(entries, func(e yamlfile.Entry) bool { return e.Key.Value == name })
	lines := bytes.SplitAfter(content, []byte("\n"))
	first, end := entries[at].Key.Line-1, len(lines)
	if at+1 < len(entries) {
		end = entries[at+1].Key.Line - 1
	}
	// Comments and blank lines before the next entry are not of this one.
	for end > first+1 && isBetween(lines[end-1], entries[at].Key.Column) {
		end--
	}
	return bytes.Join(slices.Delete(lines, first, max(end, first)), nil)
}

// isBetween reports whether a line is blank, or a comment in a column or before it.
func isBetween(line []byte, column int) bool {
	text := bytes.TrimLeft(line, " ")
	return len(bytes.TrimSpace(text)) == 0 || text[0] == '#' && len(line)-len(text) < column
}

var errByHand = errors.New("the file is written in a way that this program cannot change; edit it by hand")

// edit changes the mapping of callers in a file that is written in another way than lines
// for each, such as on one line. Comments and order stay, the layout may not.
func edit(content []byte, change func(callers *yaml.Node) error, good func(after []byte) bool) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(bytes.TrimPrefix(content, []byte("\uFEFF")), &document); err != nil {
		return nil, err
	}
	root := document.Content[0]
	if len(root.Content) < 2 { // an empty mapping, or null
		return nil, errByHand
	}
	callers := root.Content[1]
	if yamlfile.IsNull(callers) {
		*callers = yaml.Node{Kind: yaml.MappingNode}
	}
	if err := change(callers); err != nil {
		return nil, err
	}
	var encoded bytes.Buffer
	encoder := yaml.NewEncoder(&encoded)
	encoder.SetIndent(indent)
	if err := encoder.Encode(&document); err != nil {
		return nil, err
	}
	if !good(encoded.Bytes()) {
		return nil, errByHand
	}
	return encoded.Bytes(), nil
}
