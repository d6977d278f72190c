// Command packages checks what GoReleaser put into dist, from the root of the repository: go run ./testdata/packages VERSION
//
// It unpacks or installs each package, compares what is in it with what the repository holds, runs the program where this
// machine can, and prints a table. A check that this machine cannot make stands there as not made.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: packages VERSION")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	if err := check(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// artifact is an entry of GoReleaser's artifacts.json.
type artifact struct {
	Name, Path   string
	Type         string
	GOOS, GOARCH string
	Extra        struct{ Format string }
}

// row is what the table says of an artifact.
type row struct {
	name      string
	size      int64
	validated []string
	ran       string // how the program ran, or why it did not
}

// checker checks the artifacts of one version.
type checker struct {
	version               string // as the program itself says it
	homepage, description string // of deb and rpm
	artifacts             []artifact
}

func check(ctx context.Context, version string) error {
	c := checker{version: version}
	if err := c.load(); err != nil {
		return err
	}
	slices.SortFunc(c.artifacts, func(a, b artifact) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name)) })
	var rows []row
	var failures []error
	for _, a := range c.artifacts {
		r, err := c.checkOne(ctx, a)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", a.Name, err))
		} else if r != nil {
			rows = append(rows, *r)
		}
	}
	printTable(os.Stdout, rows)
	return errors.Join(append(failures, complete(rows))...)
}

// load reads what GoReleaser was told, and what it made.
func (c *checker) load() error {
	var config struct {
		NFPMs []struct{ Homepage, Description string } `yaml:"nfpms"`
	}
	text, err := os.ReadFile(".goreleaser.yaml")
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return fmt.Errorf(".goreleaser.yaml: %w", err)
	}
	if len(config.NFPMs) != 1 {
		return fmt.Errorf(".goreleaser.yaml has %d entries of nfpms, not one", len(config.NFPMs))
	}
	c.homepage, c.description = config.NFPMs[0].Homepage, config.NFPMs[0].Description
	if text, err = os.ReadFile("dist/artifacts.json"); err != nil {
		return err
	}
	return json.Unmarshal(text, &c.artifacts)
}

// checkOne returns nil for what is no package.
func (c checker) checkOne(ctx context.Context, a artifact) (*row, error) {
	var validate func(context.Context, artifact, *row) error
	switch a.Type {
	case "Archive":
		validate = c.archive
	case "Linux Package":
		validate = map[string]func(context.Context, artifact, *row) error{"deb": c.deb, "rpm": c.rpm}[a.Extra.Format]
	case "SBOM":
		validate = c.sbom
	case "Checksum":
		validate = c.checksums
	default:
		return nil, nil
	}
	info, err := os.Stat(a.Path)
	if err != nil {
		return nil, err
	}
	r := &row{name: a.Name, size: info.Size()}
	return r, validate(ctx, a, r)
}

// complete returns an error if a kind of package is missing.
func complete(rows []row) error {
	for suffix, want := range map[string]int{".tar.gz": 4, ".zip": 2, ".deb": 2, ".rpm": 2, ".cdx.json": 6, "checksums.txt": 1} {
		n := len(slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !strings.HasSuffix(r.name, suffix) }))
		if n != want {
			return fmt.Errorf("%d of %d packages named *%s are there and passed", n, want, suffix)
		}
	}
	return nil
}

func printTable(w io.Writer, rows []row) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.name))
	}
	fmt.Fprintf(w, "| %-*s | %8s | validated | run |\n|%s|---------:|---|---|\n", width, "artifact", "size", strings.Repeat("-", width+2))
	for _, r := range rows {
		fmt.Fprintf(w, "| %-*s | %5.1f MB | %s | %s |\n", width, r.name, float64(r.size)/1e6, strings.Join(r.validated, ", "), r.ran)
	}
}
