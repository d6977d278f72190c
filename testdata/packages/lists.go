package main

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// checksums compares the checksums, one for each file that is published, in the form of sha256sum.
func (c checker) checksums(_ context.Context, a artifact, r *row) error {
	text, err := os.ReadFile(a.Path)
	if err != nil {
		return err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || sums[name] != "" {
			return fmt.Errorf("it has the line %q", line)
		}
		sums[name] = sum
	}
	for _, other := range c.artifacts {
		if !slices.Contains([]string{"Archive", "Linux Package", "SBOM"}, other.Type) {
			continue
		}
		content, err := os.ReadFile(other.Path)
		if err != nil {
			return err
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(content)); sums[other.Name] != got {
			return fmt.Errorf("it says %q of %s, which has %s", sums[other.Name], other.Name, got)
		}
		delete(sums, other.Name)
	}
	if len(sums) > 0 {
		return fmt.Errorf("it also names %v", slices.Sorted(maps.Keys(sums)))
	}
	r.validated = append(r.validated, "SHA-256 of all files")
	r.ran = "-"
	return nil
}

// sbom compares the list of modules with those that Go wrote into the binary.
func (c checker) sbom(_ context.Context, a artifact, r *row) error {
	text, err := os.ReadFile(a.Path)
	if err != nil {
		return err
	}
	var list struct {
		BOMFormat  string
		Components []struct {
			Name, Version string
		}
	}
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	if list.BOMFormat != "CycloneDX" {
		return fmt.Errorf("its format is %q", list.BOMFormat)
	}
	name := strings.Split(strings.TrimSuffix(a.Name, ".cdx.json"), "_")
	binary, err := c.binaryOf(name[len(name)-2], name[len(name)-1])
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	linked := []string{"std " + info.GoVersion}
	for _, module := range info.Deps {
		linked = append(linked, module.Path+" "+module.Version)
	}
	var listed []string
	for _, component := range list.Components {
		listed = append(listed, component.Name+" "+component.Version)
	}
	slices.Sort(linked)
	slices.Sort(listed)
	if !slices.Equal(linked, listed) {
		return fmt.Errorf("it lists %d modules, %d are linked: %q and %q", len(listed), len(linked), listed, linked)
	}
	r.validated = append(r.validated, fmt.Sprintf("the %d modules of the binary", len(listed)))
	r.ran = "-"
	return nil
}
