// Command packaging builds the packages for npm, PyPI, hosts of MCP servers and the MCP
// registry from the binaries that GoReleaser has built: go run ./packaging dist
//
// It writes them beside the archives in dist, with no network, and adds to the checksums
// what is published with these. The version is GoReleaser's, the texts are those of
// server.json and of this folder, in which the version is that of server.json. The same
// binaries make the same bytes.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: packaging DIST")
		os.Exit(2)
	}
	if err := buildAll(".", os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "packaging:", err)
		os.Exit(1)
	}
}

// buildAll builds the packages of a repository's release in the folder dist.
func buildAll(root, dist string) error {
	r, err := readRelease(root, dist)
	if err != nil {
		return err
	}
	var files []file
	for _, build := range []func(*release) ([]file, error){npmPackages, wheels, bundle, hostFolders} {
		built, err := build(r)
		if err != nil {
			return err
		}
		files = append(files, built...)
	}
	registered, err := r.server.forRelease(r, files)
	if err != nil {
		return err
	}
	for _, folder := range []string{"npm", "pypi", "claude"} { // of another version
		if err := os.RemoveAll(filepath.Join(dist, folder)); err != nil {
			return err
		}
	}
	return errors.Join(writeFiles(dist, append(files, registered)), addChecksums(filepath.Join(dist, "checksums.txt"), files))
}

// file is a file of a package, or a package.
type file struct {
	name       string // with slashes
	content    []byte
	executable bool
}

func (f file) mode() fs.FileMode {
	if f.executable {
		return 0o755
	}
	return 0o644
}

// release is what the packages are made of.
type release struct {
	root     string // of the repository
	version  string // semantic, without a v
	server   *server
	programs []program
	notices  []file // licences, for each package that holds a binary
	readme   []byte // of all packages
}

// program is the binary for one system, in the words of Go.
type program struct {
	system, processor string
	content           []byte
}

// file returns the binary as a file in a folder.
func (b program) file(folder string) file {
	return file{folder + "ai-endpoints-mcp" + b.extension(), b.content, true}
}

func (b program) extension() string {
	if b.system == "windows" {
		return ".exe"
	}
	return ""
}

// node returns the system in the words of Node.
func (b program) node() (platform, arch string) {
	platform, arch = b.system, b.processor
	if platform == "windows" {
		platform = "win32"
	}
	if arch == "amd64" {
		arch = "x64"
	}
	return platform, arch
}

func (r *release) program(system, processor string) (program, error) {
	for _, b := range r.programs {
		if b.system == system && b.processor == processor {
			return b, nil
		}
	}
	return program{}, fmt.Errorf("there is no binary for %s/%s", system, processor)
}

// template reads a file of the repository, with the version of the release.
func (r *release) template(path string) ([]byte, error) {
	content, err := os.ReadFile(filepath.Join(r.root, path))
	if err != nil {
		return nil, err
	}
	if !strings.Contains(string(content), r.server.Version) {
		return nil, fmt.Errorf("%s does not hold the version of server.json, %s", path, r.server.Version)
	}
	return []byte(strings.ReplaceAll(string(content), r.server.Version, r.version)), nil
}

// readRelease reads what is committed in root and what GoReleaser has written to dist.
func readRelease(root, dist string) (*release, error) {
	r := &release{root: root}
	var err error
	if r.server, err = readServer(filepath.Join(root, "server.json")); err != nil {
		return nil, err
	}
	if r.version, err = builtVersion(dist); err != nil {
		return nil, err
	}
	if !strings.Contains(r.version, "-") && r.version != r.server.Version {
		return nil, fmt.Errorf("the release is %s, and server.json has %s: hosts that read the repository need the version of the release, "+
			"in server.json and in packaging", r.version, r.server.Version)
	}
	if r.readme, err = os.ReadFile(filepath.Join(root, "packaging", "README.md")); err != nil {
		return nil, err
	}
	for _, path := range []string{"LICENSE", "NOTICE", "bin/THIRD_PARTY_LICENSES.txt"} {
		content, err := os.ReadFile(filepath.Join(root, path))
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: make licenses writes it", err)
		}
		if err != nil {
			return nil, err
		}
		r.notices = append(r.notices, file{name: filepath.Base(path), content: content})
	}
	if r.programs, err = builtPrograms(root, dist); err != nil {
		return nil, err
	}
	return r, nil
}
