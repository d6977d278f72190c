package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// inArchive names each file of an archive besides the program, with that of the repository that it is.
func inArchive() map[string]string {
	files := map[string]string{
		"LICENSE": "LICENSE", "NOTICE": "NOTICE", "README.md": "README.md", "THIRD_PARTY_LICENSES.txt": "bin/THIRD_PARTY_LICENSES.txt",
	}
	for _, name := range []string{"_ai-endpoints-mcp", "ai-endpoints-mcp.bash", "ai-endpoints-mcp.fish", "ai-endpoints-mcp.ps1"} {
		files["completions/"+name] = "bin/completions/" + name
	}
	return files
}

// archive checks a tar.gz or zip: it holds the program, licences and completions, and nothing else.
func (c checker) archive(ctx context.Context, a artifact, r *row) error {
	return inFolder(func(folder string) error {
		unpack := unpackTar
		if strings.HasSuffix(a.Path, ".zip") {
			unpack = unpackZip
		}
		if err := unpack(a.Path, folder); err != nil {
			return err
		}
		name := "ai-endpoints-mcp"
		if a.GOOS == "windows" {
			name += ".exe"
		}
		if err := c.sameFiles(folder, name, inArchive(), a); err != nil {
			return err
		}
		r.validated = append(r.validated, "unpacked", "licences")
		return c.program(ctx, filepath.Join(folder, name), a, r)
	})
}

// inFolder runs a check in a folder of its own.
func inFolder(check func(folder string) error) error {
	folder, err := os.MkdirTemp("", "packages-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	return check(folder)
}

// sameFiles compares a folder with the program of an artifact's system and the wanted files of the repository: all are there,
// and nothing else.
func (c checker) sameFiles(folder, program string, want map[string]string, a artifact) error {
	binary, err := c.binaryOf(a.GOOS, a.GOARCH)
	if err != nil {
		return err
	}
	want[program] = binary
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		source := want[name]
		if source == "" {
			return fmt.Errorf("it also holds %s", name)
		}
		delete(want, name)
		mode := fs.FileMode(0o644)
		if name == program {
			mode = 0o755
		}
		return sameFile(path, source, mode)
	})
	if err != nil {
		return err
	}
	if len(want) > 0 {
		return fmt.Errorf("it lacks %v", slices.Sorted(maps.Keys(want)))
	}
	return nil
}

func sameFile(path, source string, mode fs.FileMode) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.Mode() != mode {
		return fmt.Errorf("%s has the mode %v, not %v", path, info.Mode(), mode)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	want, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) || len(want) == 0 {
		return fmt.Errorf("%s has %d bytes, and is not %s with %d", path, len(got), source, len(want))
	}
	return nil
}

func unpackTar(path, folder string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(unzipped); ; {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg || header.Uname != "root" {
			return fmt.Errorf("%s is not a regular file of root", header.Name)
		}
		if err := writeFile(folder, header.Name, header.FileInfo().Mode(), entries); err != nil {
			return err
		}
	}
}

func unpackZip(path, folder string) error {
	files, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer files.Close()
	for _, entry := range files.File {
		content, err := entry.Open()
		if err != nil {
			return err
		}
		if err := errors.Join(writeFile(folder, entry.Name, entry.Mode(), content), content.Close()); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(folder, name string, mode fs.FileMode, content io.Reader) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("it would be unpacked to %s", name)
	}
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode.Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
