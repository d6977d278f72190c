// Command licenses prints the licences of everything that is linked into the program, on
// each system that it is built for: go run ./testdata/licenses > THIRD_PARTY_LICENSES.txt
//
// It fails for a module without a licence, so that none is shipped unnoticed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

func main() {
	if err := printLicenses(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// text is a licence or notice, with the modules that have it word for word.
type text struct {
	content string
	owners  []string
}

func printLicenses(w io.Writer) error {
	modules, err := linked()
	if err != nil {
		return err
	}
	var texts []text
	for _, m := range modules {
		files, err := m.files()
		if err != nil {
			return err
		}
		for _, file := range files {
			content, err := os.ReadFile(filepath.Join(m.dir, file))
			if err != nil {
				return err
			}
			owner := m.name + " (" + filepath.ToSlash(file) + ")"
			same := slices.IndexFunc(texts, func(t text) bool { return t.content == string(content) })
			if same < 0 {
				same = len(texts)
				texts = append(texts, text{content: string(content)})
			}
			texts[same].owners = append(texts[same].owners, owner)
		}
	}
	fmt.Fprint(w, "ai-endpoints-mcp holds these works of others, under these licences.\n")
	for _, t := range texts {
		_, err = fmt.Fprintf(w, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(t.owners, "\n"), strings.TrimSpace(t.content))
	}
	return err
}

// module is a module with the folders of those of its packages that are linked.
type module struct {
	name, dir string
	folders   []string
}

// linked returns the modules but the program's own, and Go's library, whichever system
// the program is built for.
func linked() ([]*module, error) {
	library := &module{name: "Go " + runtime.Version(), dir: runtime.GOROOT()} //nolint:staticcheck // it is run with the go command
	byName := map[string]*module{library.name: library}
	for _, system := range []string{"linux", "darwin", "windows"} {
		list := exec.Command("go", "list", "-deps", "-tags", "grpcnotrace", "-json=Dir,Module", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		list.Stderr = os.Stderr
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list for %s: %w", system, err)
		}
		for packages := json.NewDecoder(strings.NewReader(string(out))); ; {
			var p struct {
				Dir    string
				Module *struct {
					Path, Version, Dir string
					Main               bool
				}
			}
			if err := packages.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			if p.Module == nil || p.Module.Main {
				continue
			}
			name := p.Module.Path + " " + p.Module.Version
			if byName[name] == nil {
				byName[name] = &module{name: name, dir: p.Module.Dir}
			}
			byName[name].folders = append(byName[name].folders, p.Dir)
		}
	}
	var modules []*module
	for _, m := range byName {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b *module) int { return strings.Compare(a.name, b.name) })
	return modules, nil
}

// files returns the licences and notices in the module's root and in the folders between
// it and its linked packages, which can be works of others.
func (m *module) files() ([]string, error) {
	folders := map[string]bool{".": true}
	for _, folder := range m.folders {
		inner, err := filepath.Rel(m.dir, folder)
		if err != nil {
			return nil, err
		}
		for ; inner != "."; inner = filepath.Dir(inner) {
			folders[inner] = true
		}
	}
	isNotice := regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|copyright)(\.(txt|md))?$`)
	isLicense := regexp.MustCompile(`(?i)^(licen[cs]e|copying)`)
	var found []string
	licensed := false
	for folder := range folders {
		entries, err := os.ReadDir(filepath.Join(m.dir, folder))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.Type().IsRegular() && isNotice.MatchString(entry.Name()) {
				found = append(found, filepath.Join(folder, entry.Name()))
				licensed = licensed || folder == "." && isLicense.MatchString(entry.Name())
			}
		}
	}
	if !licensed {
		return nil, fmt.Errorf("%s has no licence in %s", m.name, m.dir)
	}
	slices.Sort(found)
	return found, nil
}
