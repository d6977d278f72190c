package e2e

import (
	"debug/buildinfo"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// Everything that is linked into the program has a licence in the file that the image
// holds.
func TestLicensesOfAllLinkedModules(t *testing.T) {
	t.Parallel()
	command := exec.Command("go", "run", "./testdata/licenses")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	licensed := map[string]bool{}
	for _, section := range strings.Split(string(out), "\n"+strings.Repeat("=", 80)+"\n")[1:] {
		owners, content, _ := strings.Cut(section, "\n\n")
		if len(content) < 100 && !strings.Contains(owners, "NOTICE") {
			t.Errorf("%s: %q is no licence", owners, content)
		}
		for owner := range strings.Lines(owners) {
			name, file, _ := strings.Cut(strings.TrimSpace(owner), " (")
			if regexp.MustCompile(`(?i)^(licen[cs]e|copying)`).MatchString(file) {
				licensed[name] = true
			}
		}
	}
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 30 || !licensed["Go "+runtime.Version()] {
		t.Errorf("%d modules are linked; licences of %v", len(info.Deps), licensed)
	}
	for _, dep := range info.Deps {
		if !licensed[dep.Path+" "+dep.Version] {
			t.Errorf("%s %s has no licence", dep.Path, dep.Version)
		}
	}
	image := strings.Join(dockerfile(t), "\n")
	if !strings.Contains(image, "go run ./testdata/licenses > /out/THIRD_PARTY_LICENSES.txt") ||
		!strings.Contains(image, "COPY --from=build /out/THIRD_PARTY_LICENSES.txt /licenses/") {
		t.Error("the image does not hold the licences")
	}
	if !strings.Contains(fileText(t, ".dockerignore"), "\n!testdata/licenses\n") {
		t.Error("the image's build does not see testdata/licenses")
	}
}

// What the checks install is pinned by hashes, and no lock file names a registry.
func TestWhatChecksInstallIsPinned(t *testing.T) {
	t.Parallel()
	found := 0
	for _, root := range []string{
		"examples", "testdata/channels", "testdata/clients/python", "testdata/conformance", "testdata/engine", "testdata/interop", ".ci",
	} {
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, entry fs.DirEntry, err error) error {
			path = strings.TrimPrefix(filepath.ToSlash(path), "../")
			switch {
			case err != nil:
				return err
			case entry.Name() == "node_modules" || entry.Name() == ".cache":
				return filepath.SkipDir
			case entry.Name() == "package.json":
				checkNPMLock(t, strings.TrimSuffix(path, ".json")+"-lock.json")
			case strings.HasSuffix(path, ".in"):
				checkHashes(t, strings.TrimSuffix(path, ".in")+".txt")
			case strings.HasSuffix(path, "run.sh") || strings.HasSuffix(path, "install.sh") || path == ".ci/run":
				checkInstalls(t, path)
			default:
				return nil
			}
			found++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 13 {
		t.Errorf("only %d files were looked at", found)
	}
}

func checkNPMLock(t *testing.T, path string) {
	t.Helper()
	text := fileText(t, path)
	var lock struct {
		Packages map[string]struct {
			Version, Resolved, Integrity string
			Link                         bool
		}
	}
	if err := json.Unmarshal([]byte(text), &lock); err != nil || len(lock.Packages) < 2 {
		t.Errorf("%s: %d packages, %v", path, len(lock.Packages), err)
	}
	for name, p := range lock.Packages {
		if name != "" && (p.Version == "" || !strings.HasPrefix(p.Integrity, "sha512-") || p.Resolved != "") {
			t.Errorf("%s: %s is not pinned by a hash alone: %+v", path, name, p)
		}
	}
}

func checkHashes(t *testing.T, path string) {
	t.Helper()
	text := strings.TrimSpace(fileText(t, path))
	requirements := regexp.MustCompile(`(?m)^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+( ;[^\n]*?)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\\n|$))+`)
	if rest := requirements.ReplaceAllString(text+"\n", ""); strings.TrimSpace(rest) != "" || text == "" {
		t.Errorf("%s holds more than requirements with hashes: %.200q", path, rest)
	}
}

func checkInstalls(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if strings.Contains(line, "npm install") || strings.Contains(line, "pip install") && !strings.Contains(line, "--require-hashes") {
			t.Errorf("%s installs what is not pinned: %s", path, line)
		}
	}
}
