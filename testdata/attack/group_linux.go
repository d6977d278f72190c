package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// memoryGroup is a cgroup that bounds the memory of the processes in it. A nil one does
// nothing.
type memoryGroup struct{ folder string }

// newMemoryGroup makes a cgroup below the own one. It needs root, and a kernel that
// lets it be: version 1, or a version 2 whose cgroup passes the memory on.
func newMemoryGroup(bytes int64) (*memoryGroup, error) {
	var failures []error
	for _, version := range []struct{ root, own, limit string }{
		{"/sys/fs/cgroup/memory", ownGroup(":memory:"), "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", ownGroup("0::"), "memory.max"},
	} {
		parent := filepath.Join(version.root, version.own)
		if _, err := os.Stat(filepath.Join(parent, "cgroup.procs")); err != nil {
			parent = version.root // the own cgroup is this one, as a container sees it
		}
		g := &memoryGroup{filepath.Join(parent, "attack-"+strconv.Itoa(os.Getpid()))}
		err := os.Mkdir(g.folder, 0o700)
		if err == nil {
			if err = writeExisting(filepath.Join(g.folder, version.limit), strconv.FormatInt(bytes, 10)); err == nil {
				return g, nil
			}
			g.remove()
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// ownGroup returns the path of the process's cgroup, "/" if it is not known.
func ownGroup(mark string) string {
	text, _ := os.ReadFile("/proc/self/cgroup")
	for line := range bytes.Lines(text) {
		if _, path, ok := strings.Cut(strings.TrimSpace(string(line)), mark); ok {
			return path
		}
	}
	return "/"
}

// writeExisting writes a file that must be there: where it is not, the folder is none
// of a cgroup.
func writeExisting(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (g *memoryGroup) add(pid int) error {
	if g == nil {
		return nil
	}
	return writeExisting(filepath.Join(g.folder, "cgroup.procs"), strconv.Itoa(pid))
}

// remove removes the cgroup, once the kernel knows that its processes have ended.
func (g *memoryGroup) remove() {
	var err error
	for range 50 {
		if err = os.Remove(g.folder); err == nil || errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "the cgroup stays:", err)
}
