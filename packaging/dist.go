package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// builtVersion returns the version that GoReleaser has built.
func builtVersion(dist string) (string, error) {
	var metadata struct{ Version string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return "", err
	}
	if !semantic().MatchString(metadata.Version) {
		return "", fmt.Errorf("%s/metadata.json: %q is not a semantic version", dist, metadata.Version)
	}
	return metadata.Version, nil
}

// builtPrograms returns the programs that GoReleaser has built, in an order of their own:
// its own is that in which the builds ended.
func builtPrograms(root, dist string) ([]program, error) {
	var artifacts []struct{ Type, Path, Goos, Goarch string }
	if err := readJSON(filepath.Join(dist, "artifacts.json"), &artifacts); err != nil {
		return nil, err
	}
	var programs []program
	for _, a := range artifacts {
		if a.Type != "Binary" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root, a.Path))
		if err != nil {
			return nil, err
		}
		programs = append(programs, program{a.Goos, a.Goarch, content})
	}
	slices.SortFunc(programs, func(a, b program) int {
		return strings.Compare(a.system+" "+a.processor, b.system+" "+b.processor)
	})
	return programs, nil
}

// readJSON reads a file, and refuses nothing that it does not know.
func readJSON(path string, v any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(content, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// toJSON writes as the committed files are written.
func toJSON(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(v)
	return text.Bytes(), err
}

// semantic matches a semantic version, in the groups of semver.org: numbers, pre-release
// and build.
func semantic() *regexp.Regexp {
	return regexp.MustCompile(`^(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$`)
}

// pythonVersion returns a semantic version as PEP 440 has it: 1.2.3-rc.1 is 1.2.3rc1, and
// what Python has no word for is a development version with that word as its label.
func pythonVersion(version string) string {
	parts := semantic().FindStringSubmatch(version)
	if parts == nil || parts[2] == "" {
		return strings.ReplaceAll(version, "-", ".")
	}
	numbers, word, build := parts[1], parts[2], parts[3]
	phases := map[string]string{"alpha": "a", "beta": "b", "rc": "rc", "dev": ".dev"}
	if phase := regexp.MustCompile(`^(alpha|beta|rc|dev)\.?(\d+)(?:\.(.+))?$`).FindStringSubmatch(word); phase != nil {
		numbers, word = numbers+phases[phase[1]]+phase[2], phase[3]
	} else {
		numbers += ".dev0"
	}
	label := regexp.MustCompile(`[^0-9a-z]+`).ReplaceAllString(strings.ToLower(word+"."+build), ".")
	if label = strings.Trim(label, "."); label == "" {
		return numbers
	}
	return numbers + "+" + label
}
