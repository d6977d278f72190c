package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// stamp is the time of each file in an archive, so that the same files make the same
// bytes: the first that a zip can hold.
func stamp() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

func zipped(files []file) ([]byte, error) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: stamp()}
		header.SetMode(f.mode())
		inner, err := w.CreateHeader(header)
		if err != nil {
			return nil, err
		}
		if _, err := inner.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return archive.Bytes(), err
}

// tarred returns a .tar.gz whose files lie in a folder, "" or with a slash at its end.
func tarred(folder string, files []file) ([]byte, error) {
	var archive bytes.Buffer
	compressed := gzip.NewWriter(&archive)
	w := tar.NewWriter(compressed)
	for _, f := range files {
		header := &tar.Header{
			Name: folder + f.name, Mode: int64(f.mode()), Size: int64(len(f.content)), ModTime: stamp(), Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := errors.Join(w.Close(), compressed.Close())
	return archive.Bytes(), err
}

func writeFiles(folder string, files []file) error {
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, f.content, f.mode()); err != nil {
			return err
		}
	}
	return nil
}

// addChecksums adds to the checksums of a release the files that are published with it:
// those that lie in no folder.
func addChecksums(path string, files []file) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines := strings.SplitAfter(string(text), "\n")
	for _, f := range files {
		if strings.Contains(f.name, "/") {
			continue
		}
		lines = slices.DeleteFunc(lines, func(line string) bool { return strings.HasSuffix(line, "  "+f.name+"\n") })
		lines = append(lines, fmt.Sprintf("%x  %s\n", sha256.Sum256(f.content), f.name))
	}
	return os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644)
}
