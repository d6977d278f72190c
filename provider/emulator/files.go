package emulator

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxFilesBytes bounds the files of all keys together, since they are held in memory. The
// service takes 200 MB a file.
const (
	maxFilesBytes = 128 << 20
	fileOverhead  = 1 << 10 // what a file costs besides its content
	fileLifetime  = 15 * 24 * time.Hour
)

// file is a file of a key: the input of batches, or their output.
type file struct {
	id, owner     string
	name, purpose string
	content       []byte
	created       time.Time

	users   int  // batches that still read it
	deleted bool // its memory is released with the last of them
}

type fileObject struct {
	ID        string `json:"id"`
	Object    string `json:"object"`
	Bytes     int    `json:"bytes"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at"`
	Filename  string `json:"filename"`
	Purpose   string `json:"purpose"`
	Status    string `json:"status"`
}

func (f *file) object() fileObject {
	return fileObject{
		f.id, "file", len(f.content), f.created.Unix(), f.created.Add(fileLifetime).Unix(), f.name, f.purpose, "processed",
	}
}

// owner returns whose files and batches a request is about: those of its key.
func (e *Emulator) owner(r *http.Request) (string, error) {
	caller, err := e.authenticate(r)
	if err == nil && caller == "" && !e.options.AnonymousBatches {
		err = gatewayError(http.StatusUnauthorized, "Unauthorized")
	}
	return digest([]byte(caller)), err
}

// readUpload reads the form of an upload, and its file into memory.
func (e *Emulator) readUpload(info *requestInfo) (err error) {
	if _, refused := e.owner(info.r); refused != nil {
		info.form = &form{err: refused}
		return nil
	}
	var content bytes.Buffer
	info.form, err = readForm(info.w, info.r, func(r io.Reader) error {
		_, err := io.Copy(&content, &reservingReader{r, e, info})
		return err
	})
	info.body = bytes.Clone(content.Bytes()) // without the room to grow
	return err
}

// reservingReader reads what there is memory for.
type reservingReader struct {
	r    io.Reader
	e    *Emulator
	info *requestInfo
}

func (v *reservingReader) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	if !v.e.reserve(n) {
		return 0, filesAreFull()
	}
	v.info.reserved += n
	return n, err
}

func filesAreFull() error {
	return tooLargeFile("the emulator holds at most %d MB of files; delete some", maxFilesBytes>>20)
}

func tooLargeFile(format string, args ...any) error {
	return modelError(http.StatusRequestEntityTooLarge, format, args...)
}

// reserve takes memory for files; the caller releases what it does not keep.
func (e *Emulator) reserve(n int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fileBytes+n > maxFilesBytes {
		return false
	}
	e.fileBytes += n
	return true
}

func (e *Emulator) release(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fileBytes -= n
}

// createFile answers POST /v1/files. The content is in the body, and reserved.
func (e *Emulator) createFile(info *requestInfo) error {
	owner, err := e.owner(info.r)
	if err != nil {
		return err
	}
	f := info.form
	switch {
	case f.err != nil:
		return f.err
	case !f.hasFile:
		return missingField("file")
	case f.value("purpose") != "batch":
		return badRequest("purpose: %.40q is not supported; `batch` is", f.value("purpose"))
	case !e.reserve(fileOverhead):
		return filesAreFull()
	}
	kept := e.keepFile(owner, f.fileName, "batch", info.body)
	info.reserved = 0 // it is the file's
	return info.json(http.StatusOK, kept.object())
}

// keepFile adds a file whose bytes and overhead are reserved.
func (e *Emulator) keepFile(owner, name, purpose string, content []byte) *file {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ids++
	f := &file{
		id: "file-" + digest([]byte(owner), []byte(strconv.Itoa(e.ids))), owner: owner, name: name, purpose: purpose,
		content: content, created: time.Now(),
	}
	e.files = append(e.files, f)
	return f
}

// findFile returns the file that the path names.
func (e *Emulator) findFile(info *requestInfo) (*file, error) {
	owner, err := e.owner(info.r)
	if err != nil {
		return nil, err
	}
	e.settle(info.r.Context(), owner)
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fileOf(owner, info.segment(3))
}

// fileOf returns a file of an owner; e.mu is held.
func (e *Emulator) fileOf(owner, id string) (*file, error) {
	e.expireFiles()
	i := slices.IndexFunc(e.files, func(f *file) bool { return f.id == id && f.owner == owner })
	if i < 0 {
		return nil, apiFailure(http.StatusNotFound, "not_found", "No such File object: %.80s", id)
	}
	return e.files[i], nil
}

// expireFiles drops the files whose time is over, the oldest of which is first; e.mu is held.
func (e *Emulator) expireFiles() {
	for len(e.files) > 0 && time.Since(e.files[0].created) >= fileLifetime {
		e.drop(e.files[0])
	}
}

// drop deletes a file; e.mu is held.
func (e *Emulator) drop(f *file) {
	e.files = slices.DeleteFunc(e.files, func(other *file) bool { return other == f })
	f.deleted = true
	e.releaseUnused(f)
}

// releaseUnused releases the memory of a deleted file that no batch reads; e.mu is held.
func (e *Emulator) releaseUnused(f *file) {
	if f.deleted && f.users == 0 {
		e.fileBytes -= len(f.content) + fileOverhead
	}
}

func (e *Emulator) serveFile(info *requestInfo) error {
	f, err := e.findFile(info)
	if err != nil {
		return err
	}
	return info.json(http.StatusOK, f.object())
}

func (e *Emulator) serveContent(info *requestInfo) error {
	f, err := e.findFile(info)
	if err != nil {
		return err
	}
	return info.send(http.StatusOK, "application/octet-stream", bytes.NewReader(f.content))
}

func (e *Emulator) deleteFile(info *requestInfo) error {
	f, err := e.findFile(info)
	if err != nil {
		return err
	}
	e.mu.Lock()
	if !f.deleted {
		e.drop(f)
	}
	e.mu.Unlock()
	return info.json(http.StatusOK, map[string]any{"id": f.id, "object": "file", "deleted": true})
}

// listFiles answers GET /v1/files, the newest first.
func (e *Emulator) listFiles(info *requestInfo) error {
	owner, err := e.owner(info.r)
	if err != nil {
		return err
	}
	e.settle(info.r.Context(), owner)
	purpose := info.r.URL.Query().Get("purpose")
	var objects []fileObject
	e.mu.Lock()
	e.expireFiles()
	for _, f := range slices.Backward(e.files) {
		if f.owner == owner && (purpose == "" || f.purpose == purpose) {
			objects = append(objects, f.object())
		}
	}
	e.mu.Unlock()
	return sendPage(info, objects, func(f fileObject) string { return f.ID }, 10_000, 10_000)
}
