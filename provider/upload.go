package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"sync"

	"github.com/openai/openai-go/v3/option"
)

// upload is a form with a file as the body of one request. It is read from the file as it
// is sent, so that it takes no memory, and has a length, because not every server takes a
// body without.
type upload struct {
	file        *audioFile
	contentType string
	head, tail  []byte
	onWait      func(reason string)
	onProgress  func(done, total int)

	mu       sync.Mutex // the transport may still read when the answer is there
	stopped  bool
	failed   error // of reading the file
	reported int
	panicked *Panic
}

// errStopped ends a body whose request has ended.
var errStopped = errors.New("the request has ended")

const (
	// largeUpload is from how many bytes on progress is told.
	largeUpload = 2 << 20
	// askFirst is from how many bytes on the server is asked whether it takes the body: one
	// that refuses closes the connection, and its answer may be lost.
	askFirst = 256 << 10
)

// newUpload returns a form. The name of the file is not sent, only what its container is.
func newUpload(fields []formField, file *audioFile, req TranscribeRequest) *upload {
	u := &upload{file: file, onWait: req.OnWait, onProgress: req.OnProgress}
	u.contentType, u.head, u.tail = formAround("audio"+file.info.Extension, file.info.MediaType, fields)
	return u
}

// formAround returns what comes before and after the content of a file in a form.
func formAround(name, mediaType string, fields []formField) (contentType string, head, tail []byte) {
	var all bytes.Buffer
	form := multipart.NewWriter(&all)
	for _, field := range fields {
		_ = form.WriteField(field.name, field.value) // writing to memory does not fail
	}
	_, _ = form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {mediaType},
	})
	before := all.Len()
	_ = form.Close()
	return form.FormDataContentType(), all.Bytes()[:before], all.Bytes()[before:]
}

func (u *upload) length() int64 { return int64(len(u.head)) + u.file.size + int64(len(u.tail)) }

// body returns the form from its start.
func (u *upload) body() io.ReadCloser {
	sound := &uploadedFile{SectionReader: io.NewSectionReader(u.file, 0, u.file.size), file: u.file}
	return io.NopCloser(&uploadBody{upload: u, sound: sound, r: io.MultiReader(bytes.NewReader(u.head), sound, bytes.NewReader(u.tail))})
}

// stop ends all reading, so that the file can be closed. It returns the error of reading
// the file, and panics if telling the progress did.
func (u *upload) stop() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stopped = true
	if u.panicked != nil {
		panic(*u.panicked)
	}
	return u.failed
}

// uploadedFile is the file in the body. It fails at its end if it changed: without the
// end of the form, the server does not take what came before.
type uploadedFile struct {
	*io.SectionReader
	file *audioFile
	sent int64
}

func (f *uploadedFile) Read(p []byte) (int, error) {
	n, err := f.SectionReader.Read(p)
	f.sent += int64(n)
	if errors.Is(err, io.EOF) {
		if changed := f.file.check(); changed != nil {
			return 0, changed
		}
	}
	return n, err
}

type uploadBody struct {
	upload *upload
	sound  *uploadedFile
	r      io.Reader
}

func (b *uploadBody) Read(p []byte) (int, error) {
	u := b.upload
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return 0, errStopped
	}
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		u.failed = err
	}
	if u.panicked == nil {
		u.report(b.sound.sent)
	}
	return n, err
}

// report tells how many megabytes were sent. A panic would end the process on the
// goroutine of the transport, so [upload.stop] raises it.
func (u *upload) report(sent int64) {
	done, total := int(sent>>20), int((u.file.size+1<<20-1)>>20)
	if sent == u.file.size {
		done = total
	}
	if u.file.size < largeUpload || done == u.reported {
		return
	}
	u.reported = done
	defer func() {
		if cause := recover(); cause != nil {
			u.panicked = newPanic(cause)
			u.failed = errPanicked
		}
	}()
	if u.onProgress != nil {
		u.onProgress(done, total)
	}
	if u.onWait != nil && done == total {
		u.onWait("waiting for the transcript")
	}
}

// postForm sends a form and returns the raw answer, whose body the caller closes. The
// error is an [Error].
func (c *client) postForm(ctx context.Context, path string, form *upload) (*http.Response, error) {
	var resp *http.Response
	setLength := func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		req.ContentLength = form.length()
		req.GetBody = func() (io.ReadCloser, error) { return form.body(), nil }
		if form.file.size >= askFirst {
			req.Header.Set("Expect", "100-continue")
		}
		return next(req)
	}
	err := c.api.Post(ctx, path, form.body(), &resp, option.WithHeader("Content-Type", form.contentType),
		option.WithHeader("Accept", "application/json, text/plain;q=0.5"), option.WithMiddleware(setLength))
	if err != nil {
		return nil, c.transportError(ctx, err)
	}
	return resp, nil
}
