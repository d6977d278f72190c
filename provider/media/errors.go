package media

// Kind is a kind of failure, on which callers branch.
type Kind string

// All kinds.
const (
	Invalid        Kind = "invalid"          // the source or the detail is malformed
	Unreadable     Kind = "unreadable"       // not an image, a damaged one, or one of too many pixels
	NotFetched     Kind = "not_fetched"      // the URL did not return an image; the same call may succeed later
	PathNotAllowed Kind = "path_not_allowed" // a file outside the allowed folders, or not a regular file
	URLBlocked     Kind = "url_blocked"      // a refused scheme, host, port or address
	TooLarge       Kind = "too_large"        // more bytes than are accepted or may be sent
)

// Error is the error of this package for every failure except the end of a context,
// which is wrapped. Message says what failed and Hint what to do. Neither contains
// anything that a server sent, a path that the caller did not name, or the path or
// query of a URL.
type Error struct {
	Kind    Kind
	Message string
	Hint    string

	cause error
}

// Error returns the message without the hint, which the caller shows in its own form.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, for [errors.Is].
func (e *Error) Unwrap() error { return e.cause }

const allowedFormats = "send a PNG, JPEG, GIF or WebP image; TIFF and BMP are converted"

// unreadableError returns the error for data that is not a usable image.
func unreadableError(message string, cause error) *Error {
	return &Error{Kind: Unreadable, Message: message, Hint: allowedFormats, cause: cause}
}
