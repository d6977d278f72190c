package emulator

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"
)

// The bounds of a form's other fields than its file.
const (
	maxFormFields = 100
	maxFieldBytes = 64 << 10
)

// form is a request of multipart/form-data. Its file is not held here: it is read as it
// comes, by what the endpoint does with it.
type form struct {
	values    map[string][]string
	fileName  string
	fileBytes int64 // as far as they were read
	hasFile   bool

	err error // an [apiError]: why the form, or its file, is refused
}

// value returns the first value of a field.
func (f *form) value(name string) string {
	if values := f.values[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// readForm reads the parts of a form, and its file by take. What is wrong with the form
// is in its err; the error that is returned says that the client went away.
func readForm(w http.ResponseWriter, r *http.Request, take func(io.Reader) error) (*form, error) {
	f := &form{values: map[string][]string{}}
	body := &steadyReader{r: r.Body, connection: http.NewResponseController(w)}
	r.Body = io.NopCloser(body)
	parts, err := r.MultipartReader()
	if err != nil {
		f.err = badRequest("expected multipart/form-data: %v", err)
		return f, nil
	}
	for count := 0; err == nil; count++ {
		var part *multipart.Part
		if part, err = parts.NextPart(); err != nil {
			break
		}
		if count == maxFormFields {
			err = badRequest("the form has more than %d fields", maxFormFields)
			break
		}
		err = f.readPart(part, take)
	}
	if body.err != nil {
		return f, body.err
	}
	if refused, ok := errors.AsType[*apiError](err); ok {
		f.err = refused
	} else if !errors.Is(err, io.EOF) {
		f.err = badRequest("the form cannot be read: %v", err)
	}
	if f.err == nil {
		body.done()
	}
	return f, nil
}

func (f *form) readPart(part *multipart.Part, take func(io.Reader) error) error {
	name := part.FormName()
	if name == "file" {
		if f.hasFile {
			return badRequest("file: only one is allowed")
		}
		f.hasFile, f.fileName = true, part.FileName()
		return noEnd(take(&countingReader{part, &f.fileBytes}))
	}
	value, err := io.ReadAll(io.LimitReader(part, maxFieldBytes+1))
	if len(value) > maxFieldBytes {
		return badRequest("%.40s: longer than %d bytes", name, maxFieldBytes)
	}
	f.values[name] = append(f.values[name], string(value))
	return noEnd(err)
}

// noEnd tells an end inside a part from the end of the form.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// steadyReader reads a body of any size that keeps coming: each read has a deadline of its own.
type steadyReader struct {
	r          io.Reader
	connection *http.ResponseController
	err        error // of the connection
}

func (s *steadyReader) Read(p []byte) (int, error) {
	_ = s.connection.SetReadDeadline(time.Now().Add(bodyTimeout)) // fails where there is no connection, as in tests
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// done lets the client wait for its answer as long as it takes.
func (s *steadyReader) done() { _ = s.connection.SetReadDeadline(time.Time{}) }

// countingReader counts what is read.
type countingReader struct {
	r io.Reader
	n *int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// limitedReader fails with err after so many bytes.
type limitedReader struct {
	r    io.Reader
	left int64
	err  error
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		if n, err := l.r.Read(make([]byte, 1)); n == 0 {
			return 0, err
		}
		return 0, l.err
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}
