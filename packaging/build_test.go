package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/macho"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// systems are those that GoReleaser builds for, each with a small binary.
func systems() []program {
	return []program{
		{"darwin", "amd64", machO(0x01000007)}, {"darwin", "arm64", machO(0x0100000c)},
		{"linux", "amd64", []byte("for linux/amd64")}, {"linux", "arm64", []byte("for linux/arm64")},
		{"windows", "amd64", []byte("for windows/amd64")}, {"windows", "arm64", []byte("for windows/arm64")},
	}
}

// machO returns a program of macOS that does nothing.
func machO(processor uint32) []byte {
	var header []byte
	for _, number := range []uint32{0xfeedfacf, processor, 0, 2, 0, 0, 0, 0} {
		header = binary.LittleEndian.AppendUint32(header, number)
	}
	return header
}

// built returns the files that are built for a version, by name.
func built(t *testing.T, version string) map[string]file {
	t.Helper()
	folder := t.TempDir()
	const dist = "dist"
	writeTest(t, folder, dist+"/checksums.txt", "00ff  archive.tar.gz\n00ff  ai-endpoints-mcp-"+version+".mcpb\n")
	for _, path := range []string{"LICENSE", "NOTICE", "server.json"} {
		writeTest(t, folder, path, text(t, path))
	}
	if err := os.CopyFS(filepath.Join(folder, "packaging"), os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	writeTest(t, folder, "bin/THIRD_PARTY_LICENSES.txt", "licences of others")
	writeTest(t, folder, dist+"/metadata.json", fmt.Sprintf(`{"version": %q}`, version))
	artifacts := []map[string]string{{"type": "Archive", "path": "dist/archive.tar.gz"}}
	for _, b := range systems() {
		path := dist + "/" + b.system + "_" + b.processor + "/ai-endpoints-mcp"
		writeTest(t, folder, path, string(b.content))
		artifacts = append(artifacts, map[string]string{"type": "Binary", "path": path, "goos": b.system, "goarch": b.processor})
	}
	list, err := json.Marshal(artifacts)
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, folder, dist+"/artifacts.json", string(list))
	if err := buildAll(folder, filepath.Join(folder, dist)); err != nil {
		t.Fatal(err)
	}
	files := map[string]file{}
	packages := os.DirFS(filepath.Join(folder, dist))
	err = fs.WalkDir(packages, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(filepath.Dir(path), "64") || path == "metadata.json" || path == "artifacts.json" {
			return err // GoReleaser's
		}
		content, err := fs.ReadFile(packages, path)
		files[path] = file{name: path, content: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func writeTest(t *testing.T, folder, path, content string) {
	t.Helper()
	if err := writeFiles(folder, []file{{name: path, content: []byte(content)}}); err != nil {
		t.Fatal(err)
	}
}

// unpack returns the files of a .tgz, .tar.gz, .whl or .mcpb by their names.
func unpack(t *testing.T, f file) map[string]file {
	t.Helper()
	files := map[string]file{}
	if strings.HasSuffix(f.name, "gz") {
		compressed, err := gzip.NewReader(bytes.NewReader(f.content))
		if err != nil {
			t.Fatal(err)
		}
		for archive := tar.NewReader(compressed); ; {
			header, err := archive.Next()
			if errors.Is(err, io.EOF) {
				return files
			}
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			files[header.Name] = file{header.Name, content, header.Mode == 0o755}
		}
	}
	archive, err := zip.NewReader(bytes.NewReader(f.content), int64(len(f.content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, inner := range archive.File {
		content, err := fs.ReadFile(archive, inner.Name)
		if err != nil {
			t.Fatal(err)
		}
		files[inner.Name] = file{inner.Name, content, inner.Mode() == 0o755}
	}
	return files
}

func TestEachSystemHasItsPackages(t *testing.T) {
	files := built(t, "1.2.3-rc.1")
	tags := map[string]string{
		"darwin amd64": "macosx_12_0_x86_64", "darwin arm64": "macosx_12_0_arm64", "windows amd64": "win_amd64", "windows arm64": "win_arm64",
		"linux amd64": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
		"linux arm64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
	}
	for _, b := range systems() {
		platform, arch := b.node()
		name := "ai-endpoints-mcp" + b.extension()
		for archive, inner := range map[string]string{
			"npm/ai-endpoints-mcp-" + platform + "-" + arch + "-1.2.3-rc.1.tgz":                  "package/bin/",
			platform + "." + arch + ".ai-endpoints-mcp.tar.gz":                                   "",
			"pypi/ai_endpoints_mcp-1.2.3rc1-py3-none-" + tags[b.system+" "+b.processor] + ".whl": "ai_endpoints_mcp-1.2.3rc1.data/scripts/",
		} {
			inside := unpack(t, files[archive])
			if got := inside[inner+name]; string(got.content) != string(b.content) || !got.executable {
				t.Errorf("%s holds %q as the program of %s", archive, got.content, b.system)
			}
			for path := range inside {
				if strings.HasSuffix(path, "THIRD_PARTY_LICENSES.txt") {
					delete(inside, path)
					break
				}
			}
			if len(inside) == len(unpack(t, files[archive])) {
				t.Errorf("%s holds no licences of others", archive)
			}
		}
		var p struct{ OS, CPU []string }
		manifest := unpack(t, files["npm/ai-endpoints-mcp-"+platform+"-"+arch+"-1.2.3-rc.1.tgz"])["package/package.json"]
		if err := json.Unmarshal(manifest.content, &p); err != nil || fmt.Sprint(p) != fmt.Sprintf("{[%s] [%s]}", platform, arch) {
			t.Errorf("npm installs %s-%s on %v, %v", platform, arch, p, err)
		}
	}
	if len(files) != 6*3+1+3+1+1+1 {
		t.Errorf("%d files", len(files))
	}
	for name, f := range files {
		if strings.HasSuffix(name, "json") && strings.Contains(string(f.content), `"`+committedServer(t).Version+`"`) {
			t.Errorf("%s has the version of no release", name)
		}
	}
}

// pip refuses a wheel whose RECORD is wrong, and the registry one whose README lacks the
// server's name.
func TestWheelsRecordTheirFiles(t *testing.T) {
	found, version := 0, committedServer(t).Version
	for name, f := range built(t, version) {
		if !strings.HasSuffix(name, ".whl") {
			continue
		}
		found++
		inside := unpack(t, f)
		info := "ai_endpoints_mcp-" + version + ".dist-info/"
		lines := strings.Split(strings.TrimSuffix(string(inside[info+"RECORD"].content), "\n"), "\n")
		if len(lines) != len(inside) {
			t.Errorf("%s: %d lines for %d files", name, len(lines), len(inside))
		}
		for _, line := range lines {
			path, _, _ := strings.Cut(line, ",")
			sum := sha256.Sum256(inside[path].content)
			want := fmt.Sprintf("%s,sha256=%s,%d", path, base64.RawURLEncoding.EncodeToString(sum[:]), len(inside[path].content))
			if path == info+"RECORD" {
				want = path + ",,"
			}
			if line != want {
				t.Errorf("%s: %q, want %q", name, line, want)
			}
		}
		metadata := string(inside[info+"METADATA"].content)
		if !strings.Contains(metadata, "\nVersion: "+version+"\n") || !strings.Contains(metadata, "<!-- mcp-name: io.github.ai-endpoints-mcp/ai-endpoints-mcp -->") {
			t.Errorf("%s: %s", name, metadata)
		}
	}
	if found != 6 {
		t.Errorf("%d wheels", found)
	}
}

func TestTheBundleRunsOnEachSystem(t *testing.T) {
	version := committedServer(t).Version
	files := built(t, version)
	bundle := files["ai-endpoints-mcp-"+version+".mcpb"]
	inside := unpack(t, bundle)
	for _, path := range []string{"darwin/ai-endpoints-mcp", "linux/ai-endpoints-mcp", "linux/amd64", "linux/arm64", "windows/ai-endpoints-mcp.exe"} {
		if !inside["server/"+path].executable {
			t.Errorf("server/%s is not there, or cannot be run", path)
		}
	}
	universal, err := macho.NewFatFile(bytes.NewReader(inside["server/darwin/ai-endpoints-mcp"].content))
	if err != nil {
		t.Fatal(err)
	}
	if len(universal.Arches) != 2 || universal.Arches[0].Cpu != macho.CpuAmd64 || universal.Arches[1].Cpu != macho.CpuArm64 {
		t.Errorf("the program of macOS is for %v", universal.Arches)
	}
	checkServer(t, files["server.json"].content)
	if sum := fmt.Sprintf("%x", sha256.Sum256(bundle.content)); !strings.Contains(string(files["server.json"].content), sum) {
		t.Error("server.json does not hold the bundle's hash")
	}
	if _, err := universalBinary([][]byte{[]byte("for linux/amd64")}); err == nil {
		t.Error("a binary that is not of macOS is taken")
	}
}

func TestTheSameBinariesMakeTheSameBytes(t *testing.T) {
	first, second := built(t, "1.2.3-rc.1"), built(t, "1.2.3-rc.1")
	for name := range first {
		if !bytes.Equal(first[name].content, second[name].content) {
			t.Errorf("%s differs", name)
		}
	}
}

// What is published with the archives has a checksum beside theirs, once.
func TestChecksumsAreComplete(t *testing.T) {
	files := built(t, "1.2.3-rc.1")
	lines := strings.Split(strings.TrimSuffix(string(files["checksums.txt"].content), "\n"), "\n")
	if len(lines) != 1+1+6 || lines[0] != "00ff  archive.tar.gz" {
		t.Errorf("%q", lines)
	}
	for _, line := range lines[1:] {
		sum, name, _ := strings.Cut(line, "  ")
		if sum != fmt.Sprintf("%x", sha256.Sum256(files[name].content)) {
			t.Error(line)
		}
	}
}
