package clients

// Write replaces the config at path, which was old when it was read, and returns the path
// of the backup beside it; nil is a file that is not there, which is created with its
// folders. It follows symbolic links, keeps the file's mode, and refuses a read-only file.
func Write(path string, old, config []byte) (backup string, err error) { return "", nil }
