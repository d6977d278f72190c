package clients

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Write replaces the config at path, which was old when it was read, and returns the path
// of the backup beside it; nil is a file that is not there, which is created with its
// folders and has no backup. It follows symbolic links, keeps the file's mode, and refuses
// a read-only file.
func Write(path string, old, config []byte) (backup string, err error) {
	if old == nil {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", err
		}
	}
	if path, err = FollowLink(path); err != nil {
		return "", err
	}
	mode := fs.FileMode(0o600) // a config may hold keys
	if old != nil {
		if mode, err = checkWritable(path, old); err != nil {
			return "", err
		}
		if backup, err = writeBackup(path, old, mode); err != nil {
			return "", fmt.Errorf("writing the backup: %w", err)
		}
	}
	if err := ReplaceFile(path, config, mode); err != nil {
		if backup != "" {
			_ = os.Remove(backup)
		}
		return "", err
	}
	return backup, nil
}

// FollowLink returns the file behind symbolic links, which may not be there yet.
func FollowLink(path string) (string, error) {
	resolved, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return resolved, err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is a link to a file that does not exist", path)
	}
	return path, nil
}

// checkWritable refuses a file that is read-only or has changed since it was read.
func checkWritable(path string, old []byte) (fs.FileMode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	if info.Mode().Perm()&0o200 == 0 { // root could write it all the same
		return 0, fmt.Errorf("%s is read-only", path)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, old) {
		return 0, errors.Join(fmt.Errorf("%s has changed meanwhile; run setup again", path), err)
	}
	return info.Mode().Perm(), nil
}

// writeBackup writes beside the file, never over an earlier backup.
func writeBackup(path string, content []byte, mode fs.FileMode) (string, error) {
	for i := 0; ; i++ {
		backup := path + ".bak"
		if i > 0 {
			backup = fmt.Sprintf("%s.bak%d", path, i)
		}
		file, err := os.OpenFile(backup, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = file.Write(content)
		return backup, errors.Join(err, file.Close())
	}
}

// ReplaceFile writes a file in one step: a client that reads it meanwhile sees the old
// or the new one. Errors name the file, not the temporary one that is written first.
func ReplaceFile(path string, content []byte, mode fs.FileMode) error {
	err := replaceFile(path, content, mode)
	if cause := syscall.Errno(0); errors.As(err, &cause) {
		return &fs.PathError{Op: "write", Path: path, Err: cause}
	}
	return err
}

func replaceFile(path string, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".ai-endpoints-mcp-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
