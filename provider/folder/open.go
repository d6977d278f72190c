package folder

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// Opened is a file that is open for reading in parts. It is safe for concurrent use.
// Close it when done.
type Opened struct {
	File
	file   *os.File
	before fs.FileInfo
}

// Open opens the file. The error is an [*Error].
func (f File) Open() (*Opened, error) {
	opened, err := f.open()
	return opened, pathError(f.Name, err)
}

// open checks the type of a file once more, because the file may have been replaced since
// it was found; O_NONBLOCK keeps a FIFO from blocking in between.
func (f File) open() (*Opened, error) {
	file, err := f.folder.root.OpenFile(f.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	before, err := file.Stat()
	if err == nil && !before.Mode().IsRegular() {
		err = errNotRegular
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return &Opened{f, file, before}, nil
}

// Bytes returns the size of the file when it was opened.
func (o *Opened) Bytes() int64 { return o.before.Size() }

// ReadAt implements [io.ReaderAt].
func (o *Opened) ReadAt(p []byte, offset int64) (int, error) { return o.file.ReadAt(p, offset) }

// Close closes the file.
func (o *Opened) Close() error { return o.file.Close() }

// Check returns an [*Error] if the file was written to since it was opened: half of what
// was read of it may be old.
func (o *Opened) Check() error { return pathError(o.Name, o.check(o.before.Size())) }

// check checks the file after so many bytes of it were read. One whose size the system
// does not tell, as in /proc, has none.
func (o *Opened) check(read int64) error {
	after, err := o.file.Stat()
	if err != nil {
		return err
	}
	if after.ModTime().Equal(o.before.ModTime()) && after.Size() == o.before.Size() && (o.before.Size() == 0 || read == o.before.Size()) {
		return nil
	}
	return &Error{
		Kind: Unreadable, Message: fmt.Sprintf("the file %q changed while it was read", short(o.Name)),
		Hint: "try again once nothing writes to it", Changed: true,
	}
}
