package media

// Kind names a kind of failure. The set is closed: callers branch on it.
type Kind string

// The kinds, with what each is for.
const (
	Invalid        Kind = "invalid"          // the source or the detail is malformed
	Unreadable     Kind = "unreadable"       // no picture, a damaged one, or one of too many pixels
	NotFetched     Kind = "not_fetched"      // the URL gave no answer; the same call may succeed later
	PathNotAllowed Kind = "path_not_allowed" // a file outside the allowed folders, or no regular file
	URLBlocked     Kind = "url_blocked"      // a refused scheme, host, port or address
	TooLarge       Kind = "too_large"        // more bytes than are taken or may be sent
)

// Error is every failure of this package but a context's end, which is given as
// it is. Message says what failed and Hint what to do. Neither holds anything
// that a server answered, a path that the caller did not name, or a query of a
// URL.
type Error struct {
	Kind    Kind
	Message string
	Hint    string

	cause error
}

// Error gives the message alone; the hint is shown by whoever knows the form.
func (e *Error) Error() string { return e.Message }

// Unwrap gives the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.cause }

const allowedFormats = "send a PNG, JPEG, GIF or WebP picture"

// unreadable is the error for bytes that are no usable picture.
func unreadableError(message string, cause error) *Error {
	return &Error{Kind: Unreadable, Message: message, Hint: allowedFormats, cause: cause}
}
