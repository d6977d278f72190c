package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// maxInput bounds what one file, or standard input, may hold. No model takes as much.
const maxInput = 64 << 20

// argumentReader reads the arguments of a tool from the command line, and from what they
// name: files, and standard input.
type argumentReader struct {
	tool  string
	in    io.Reader
	notes io.Writer // what a person at a terminal should know

	stdin string // the parameter that has read standard input; "" if none has
}

// read returns the arguments as one JSON object. They are one object already, or pairs:
//
//	key=TEXT    a text; the tool's schema says which are numbers, lists or objects
//	key=@FILE   what the file holds
//	key=-       standard input
//	key:=JSON   a JSON value; also key:=@FILE and key:=-
//
// A key that comes again is a list. A text that is piped in is the tool's main argument,
// if neither it nor what can stand in its place is given.
func (r *argumentReader) read(ctx context.Context, given []string) (json.RawMessage, error) {
	if len(given) == 1 && strings.HasPrefix(strings.TrimSpace(given[0]), "{") {
		if !json.Valid([]byte(given[0])) {
			return nil, errors.New("the argument is not valid JSON")
		}
		return json.RawMessage(given[0]), nil
	}
	values := map[string][]json.RawMessage{}
	for _, pair := range given {
		key, value, ok := strings.Cut(pair, "=")
		key, isJSON := strings.CutSuffix(key, ":")
		if !ok || key == "" {
			return nil, fmt.Errorf("the argument %q is not key=value", pair)
		}
		read, err := r.value(ctx, key, value, isJSON)
		if err != nil {
			return nil, err
		}
		values[key] = append(values[key], read)
	}
	if key := pipedKey(r.tool, values); key != "" && isPiped(r.in) {
		read, err := r.value(ctx, key, "-", false)
		if err != nil {
			return nil, err
		}
		if string(read) != `""` {
			values[key] = append(values[key], read)
		}
	}
	arguments := map[string]any{}
	for key, list := range values {
		if arguments[key] = list; len(list) == 1 {
			arguments[key] = list[0]
		}
	}
	return json.Marshal(arguments)
}

// pipedKey returns the parameter of a tool that a text from a pipe is for, or "" where
// the call has what it needs.
func pipedKey(tool string, given map[string][]json.RawMessage) string {
	for _, main := range []struct {
		tool string
		keys []string // the main parameter, then those that can stand in its place
	}{
		{"chat", []string{"prompt", "messages"}},
		{"embed", []string{"input"}},
		{"describe-image", []string{"image", "images"}},
		{"structured-extract", []string{"text", "images"}},
		{"resolve-virtual-model", []string{"query"}},
		{"batch", []string{"inputs", "files"}},
		{"transcribe", []string{"audio"}},
	} {
		if main.tool == tool && !slices.ContainsFunc(main.keys, func(key string) bool { return given[key] != nil }) {
			return main.keys[0]
		}
	}
	return ""
}

// isPiped reports whether a stream is a pipe or a file. A terminal and /dev/null are
// neither, and what no test or script has set up is not waited for.
func isPiped(stream io.Reader) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice == 0
}

// value reads what stands behind a key.
func (r *argumentReader) value(ctx context.Context, key, value string, isJSON bool) (json.RawMessage, error) {
	content, source := []byte(value), ""
	var err error
	switch path, isFile := strings.CutPrefix(value, "@"); {
	case value == "-", value == "@-":
		source = "standard input"
		content, err = r.readStdin(ctx, key)
	case isFile:
		source = path
		content, err = readFile(atHome(path))
	}
	switch {
	case errors.Is(err, errInterrupted):
		return nil, err
	case err != nil && strings.HasPrefix(value, "@"):
		return nil, fmt.Errorf("%s: %w; a text that begins with @ is written %s:='%s'", key, err, key, quoted(value))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", key, err)
	case isJSON && !json.Valid(content):
		return nil, fmt.Errorf("%s is not valid JSON; a text is written %s=TEXT", key, key)
	case isJSON:
		return content, nil
	case source == "":
		return quoted(value), nil
	}
	text, err := decoded(content)
	switch {
	case err == nil && r.tool == "batch" && key == "inputs":
		return linesOf(text), nil
	case err == nil:
		return quoted(withoutLineEnd(text)), nil
	}
	if slices.Contains([]string{"image", "images", "audio"}, key) {
		return quoted(base64.StdEncoding.EncodeToString(content)), nil
	}
	return nil, fmt.Errorf("%s: %s is not a text in UTF-8 or UTF-16", key, source)
}

// readStdin reads standard input, which is there once.
func (r *argumentReader) readStdin(ctx context.Context, key string) ([]byte, error) {
	if r.stdin != "" {
		return nil, fmt.Errorf("standard input is read for %s already", r.stdin)
	}
	r.stdin = key
	if isTerminal(r.in) {
		fmt.Fprintf(r.notes, "Type the %s, then Ctrl-D on a line of its own.\n", key)
	}
	type input struct {
		content []byte
		err     error
	}
	read := make(chan input, 1)
	go func() { // ends with the input or with the process: a read of a terminal cannot be cancelled
		content, err := readAll(r.in)
		read <- input{content, err}
	}()
	select {
	case got := <-read:
		return got.content, got.err
	case <-ctx.Done():
		return nil, errInterrupted
	}
}

// atHome expands ~/, which a shell leaves as it is behind key=@.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file)
}

func readAll(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err == nil && len(content) > maxInput {
		err = fmt.Errorf("it is larger than %d MiB", maxInput>>20)
	}
	return content, err
}

// decoded returns a text without its byte order mark, which says whether it is UTF-16, as
// PowerShell writes it.
func decoded(content []byte) (string, error) {
	if bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		var err error
		if content, err = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(content); err != nil {
			return "", err
		}
	}
	if !utf8.Valid(content) || bytes.IndexByte(content, 0) >= 0 {
		return "", errors.New("not a text")
	}
	return strings.TrimPrefix(string(content), "\uFEFF"), nil
}

// linesOf returns the lines of a text that are not blank, as a list. A text that is one JSON
// value stays one.
func linesOf(text string) json.RawMessage {
	if json.Valid([]byte(text)) {
		return quoted(text)
	}
	var lines []json.RawMessage
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, quoted(line))
		}
	}
	if lines == nil {
		return quoted("")
	}
	list, _ := json.Marshal(lines) // cannot fail
	return list
}

// withoutLineEnd drops the last line end, which programs add to what they print.
func withoutLineEnd(text string) string {
	return strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
}

// quoted returns a text as JSON.
func quoted(text string) json.RawMessage {
	encoded, _ := json.Marshal(text) // cannot fail
	return encoded
}
