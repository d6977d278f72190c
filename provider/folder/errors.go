package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Kind is a kind of failure, on which callers branch.
type Kind string

// All kinds.
const (
	Invalid    Kind = "invalid"     // the path or the pattern is malformed, or it matches too much
	Outside    Kind = "outside"     // not below an allowed folder
	NotRegular Kind = "not_regular" // a folder, a FIFO, a device
	Missing    Kind = "missing"     // nothing is there
	Unreadable Kind = "unreadable"  // it is there, and cannot be read
	TooLarge   Kind = "too_large"   // more bytes than the caller takes
)

// Error is the error of this package for every failure except the end of a context,
// which is wrapped. Message names the path as the caller wrote it, and nothing of what is
// outside of the folders.
type Error struct {
	Kind    Kind
	Message string
	Hint    string // "" where only the caller knows what to do
	Changed bool   // the file changed while it was read; the same call may succeed later

	cause error
}

// Error returns the message without the hint.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, for [errors.Is].
func (e *Error) Unwrap() error { return e.cause }

var (
	errOutside    = errors.New("outside of the allowed folders")
	errNotRegular = errors.New("not a regular file")
)

func isMissing(err error) bool {
	return errors.Is(err, errOutside) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// pathError turns an error of the file system into an [*Error]. It returns nil, and an
// error that is one already, unchanged.
func pathError(path string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("reading the file: %w", err)
	case errors.Is(err, errNotRegular):
		return &Error{Kind: NotRegular, Message: fmt.Sprintf("%q is not a regular file", short(path)), cause: err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{
			Kind: Unreadable, Message: fmt.Sprintf("the file %q may not be read by this program", short(path)),
			Hint: "change its permissions", cause: err,
		}
	}
	// The error of os.Root for a link that leaves the folder is not exported; errors
	// of the system wrap a syscall.Errno.
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return &Error{Kind: Unreadable, Message: fmt.Sprintf("the file %q cannot be read", short(path)), cause: err}
	}
	return outsideError(path, err)
}

// missingError is the error for a path at which there is nothing. similar is a name that
// exists instead, or "".
func missingError(path, similar string, cause error) *Error {
	message := fmt.Sprintf("there is no file %q below the allowed folders", short(path))
	if similar != "" {
		message += fmt.Sprintf("; the nearest name there is %q", short(similar))
	}
	return &Error{Kind: Missing, Message: message, cause: cause}
}

func outsideError(path string, cause error) *Error {
	return &Error{
		Kind: Outside, Message: fmt.Sprintf("%q is not below an allowed folder", short(path)),
		Hint: "give a path below a folder of --allow-dir; links that leave it are not followed", cause: cause,
	}
}

// short cuts text of the caller to a length that keeps an error message readable.
func short(s string) string { return text.Cut(s, 64) }
