package save

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file that was written.
type File struct {
	Path  string // absolute
	Bytes int64
}

// Write makes the file, and the folders that it lacks, with what write writes. The file
// appears whole or not at all, though one may see it grow where the file system has no
// hard links, and never in the place of another one. Of several writes to one
// destination, one succeeds. The error is for people, and names no temporary file.
func (d *Destination) Write(write func(io.Writer) error) (File, error) {
	size, err := d.write(write)
	switch {
	case err == nil:
		return File{filepath.Join(d.folder.names[0], d.name), size}, nil
	case errors.Is(err, fs.ErrExist):
		return File{}, fmt.Errorf("%s exists by now, and no file is ever overwritten", quoted(d.name))
	default:
		return File{}, fmt.Errorf("writing %s: %s", quoted(d.name), reason(err))
	}
}

func (d *Destination) write(write func(io.Writer) error) (size int64, err error) {
	f := d.folder
	if err := f.root.MkdirAll(filepath.Dir(d.name), 0o777); err != nil {
		return 0, err
	}
	temporary := filepath.Join(filepath.Dir(d.name), temporaryName())
	if size, err = f.create(temporary, write); err != nil {
		return 0, err
	}
	defer func() { _ = f.root.Remove(temporary) }()
	// Unlike a rename, a link fails if the name exists.
	if err = f.link(temporary, d.name); err == nil || errors.Is(err, fs.ErrExist) {
		return size, err
	}
	return f.create(d.name, func(w io.Writer) error { // not every file system has links
		file, err := f.root.Open(temporary)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(w, file)
		return err
	})
}

// create makes a file with what write writes. On failure it is removed.
func (f *Folder) create(name string, write func(io.Writer) error) (size int64, err error) {
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return 0, err
	}
	complete := false
	defer func() { // also if write panics
		if !complete {
			_ = file.Close()
			_ = f.root.Remove(name)
		}
	}()
	buffered := bufio.NewWriterSize(file, 64<<10)
	if err := write(buffered); err != nil {
		return 0, err
	}
	if err := buffered.Flush(); err != nil {
		return 0, err
	}
	if size, err = file.Seek(0, io.SeekCurrent); err != nil {
		return 0, err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return 0, err
	}
	complete = true
	return size, nil
}

// temporaryName returns a name that nothing has.
func temporaryName() string { return ".ai-endpoints-" + rand.Text() + ".tmp" }
