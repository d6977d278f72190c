package doctor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Cache checks that the folder of the disk cache can be written; "" means that there is no folder.
func Cache(folder string) []Finding {
	const hint = "name a folder that this user can write with --cache-dir: without one each start reads the catalogue again"
	if folder == "" {
		return []Finding{Warn("none: there is no home folder", hint)}
	}
	if err := tryToWrite(folder); err != nil {
		return []Finding{Warn(fmt.Sprintf("%s cannot be written: %s", folder, Reason(err)), hint)}
	}
	return []Finding{Good(fmt.Sprintf("%s can be written, %s", folder, size(folder)))}
}

// WriteFolder checks that new files can be written in a folder that option names.
func WriteFolder(option, folder string) Finding {
	opened, err := save.Open(folder)
	if err != nil {
		return Fail(err.Error(), "name a folder that exists and can be written, or leave "+option+" out")
	}
	if full, err := filepath.Abs(folder); err == nil {
		folder = full
	}
	if err := opened.Close(); err != nil {
		return Fail(fmt.Sprintf("%s: %s", folder, Reason(err)), "try again")
	}
	return Good(folder + " can be written")
}

// tryToWrite makes the folder, as the program would, and a file in it.
func tryToWrite(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(folder, "doctor-*.tmp")
	if err != nil {
		return err
	}
	_, err = file.WriteString("x")
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// Reason leaves the path and the operation out of an error: the finding names them.
func Reason(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

// size tells how much the files in a folder hold.
func size(folder string) string {
	files, _ := os.ReadDir(folder)
	var bytes int64
	regular := 0
	for _, file := range files {
		if info, err := file.Info(); err == nil && info.Mode().IsRegular() {
			regular++
			bytes += info.Size()
		}
	}
	return fmt.Sprintf("%s of %d kB", text.Count(regular, "file"), (bytes+999)/1000)
}

// Folder checks a folder whose files are read for calls; option is the one that allows it.
func Folder(option, folder string) Finding {
	hint := "name a folder that exists and can be read, or leave it out of " + option
	full, err := filepath.Abs(folder)
	if err != nil {
		full = folder
	}
	file, err := os.Open(folder)
	if err != nil {
		return Fail(fmt.Sprintf("%s cannot be read: %s", full, Reason(err)), hint)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.IsDir() {
		return Fail(full+" is not a folder", hint)
	}
	if _, err := file.ReadDir(1); err != nil && !errors.Is(err, io.EOF) {
		return Fail(fmt.Sprintf("%s cannot be listed: %s", full, Reason(err)), hint)
	}
	return Good(full + " can be read")
}
