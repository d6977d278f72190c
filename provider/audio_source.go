package provider

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/audio"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/sniff"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const (
	// maxInlineAudio is how many bytes a data: URL may hold, which are in memory.
	maxInlineAudio = media.DefaultMaxBytes
	// maxAudio is how many bytes are taken for a model of which no limit is known.
	maxAudio = 2048 << 20
	// maxDownloads bounds how many audio files are on disk at once.
	maxDownloads = 4
	// maxAudioPath is the longest text that can be a path; a longer one is base64.
	maxAudioPath = 4096
)

const audioSources = "give a path below a folder of --allow-dir, an https URL or a data: URL"

// audioFile is the audio of a call. Close it when done.
type audioFile struct {
	io.ReaderAt
	name  string // for messages
	size  int64
	info  audio.Info
	check func() error // returns an error once the file has changed
	close func()
}

// openAudio opens what a source names, and reads its header. The error is an [Error].
func (p *Provider) openAudio(ctx context.Context, given string, model catalog.Model) (*audioFile, error) {
	source := strings.TrimSpace(given)
	if unquoted := folder.Unquote(source); media.SchemeOf(unquoted) != "" {
		source = unquoted
	}
	var (
		file *audioFile
		err  error
	)
	switch scheme := media.SchemeOf(source); {
	case source == "":
		return nil, InvalidArgument("audio is blank", audioSources)
	case scheme == "data":
		file, err = p.inlineAudio(ctx, source, p.media.DataURL)
	case scheme == "https" || scheme == "http":
		file, err = p.downloadAudio(ctx, source, model)
	case scheme == "file":
		path, failed := folder.PathOfURL(source)
		if failed != nil {
			return nil, p.audioError(ctx, failed)
		}
		file, err = p.localAudio(ctx, path, []string{path})
	case scheme != "":
		return nil, &Error{Code: CodeURLBlocked, Message: fmt.Sprintf("audio: URLs are not fetched by %q", excerpt(scheme)), Hint: audioSources}
	case p.isBase64(source):
		file, err = p.inlineAudio(ctx, source, p.media.Base64)
	default:
		file, err = p.localAudio(ctx, given, folder.Spellings(given))
	}
	if err != nil {
		return nil, p.audioError(ctx, err)
	}
	if file.info, err = audio.Read(file, file.size); err != nil {
		defer file.close()
		return nil, p.notAudio(ctx, file, err)
	}
	return file, nil
}

// notAudio returns the error of a file that is not audio. It names what it seems to be.
func (p *Provider) notAudio(ctx context.Context, file *audioFile, err error) error {
	failed, ok := errors.AsType[*audio.Error](err)
	if !ok {
		return p.audioError(ctx, err)
	}
	message := fmt.Sprintf("audio: %s %s", file.name, failed.Message)
	if failed.Unknown {
		head := make([]byte, 1024)
		n, _ := file.ReadAt(head, 0)
		if name := sniff.Describe(head[:n]); name != "" {
			message += ": it seems to be " + name
		}
	}
	return &Error{Code: CodeFileUnreadable, Message: message, Hint: failed.Hint, cause: err}
}

func unchanging() error { return nil }

// isBase64 reports whether a text is base64 of audio, and no path.
func (p *Provider) isBase64(source string) bool {
	if len(source) > maxAudioPath {
		return true
	}
	const header = 64
	if len(source) < header {
		return false
	}
	data, err := p.media.Base64(source)
	return err == nil && audio.IsAudio(data)
}

// inlineAudio decodes the audio that a source holds.
func (p *Provider) inlineAudio(ctx context.Context, source string, decode func(string) ([]byte, error)) (*audioFile, error) {
	release, err := p.hold(ctx, min(int64(len(source)), maxInlineAudio))
	if err != nil {
		return nil, err
	}
	data, err := decode(source)
	if err != nil {
		release()
		return nil, err
	}
	return &audioFile{ReaderAt: bytes.NewReader(data), name: "the data", size: int64(len(data)), check: unchanging, close: release}, nil
}

// localAudio opens a file below an allowed folder by one of the spellings of its path.
func (p *Provider) localAudio(ctx context.Context, path string, spellings []string) (*audioFile, error) {
	switch {
	case p.noLocalFiles:
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "audio: local files are never read over HTTP", Hint: "give an https URL or a data: URL",
		}
	case p.folders.IsEmpty():
		return nil, &Error{
			Code: CodePathNotAllowed, Message: "audio: no folder is allowed for local files",
			Hint: "start the server with --allow-dir DIR, or give an https URL or a data: URL",
		}
	}
	found, err := p.folders.Lookup(ctx, path, spellings)
	if err != nil {
		return nil, err
	}
	opened, err := found.Open()
	if err != nil {
		return nil, err
	}
	return &audioFile{
		ReaderAt: opened, name: fmt.Sprintf("%q", excerpt(found.Name)), size: opened.Bytes(),
		check: opened.Check, close: func() { _ = opened.Close() },
	}, nil
}

// downloadAudio keeps what a URL returns in a file, which has no name where the system
// allows it, and is removed when it is closed.
func (p *Provider) downloadAudio(ctx context.Context, source string, model catalog.Model) (file *audioFile, err error) {
	caller := limit.CallerOf(ctx)
	if err := p.downloads.Acquire(ctx, caller, 1); err != nil {
		return nil, err
	}
	kept, err := p.temporary()
	if err != nil {
		p.downloads.Release(caller, 1)
		return nil, notKept(err)
	}
	closed := func() {
		_ = kept.Close()
		_ = os.Remove(kept.Name())
		p.downloads.Release(caller, 1)
	}
	defer func() {
		if file == nil {
			closed()
		}
	}()
	_ = os.Remove(kept.Name()) // Windows refuses while it is open
	_, most := model.Audio.Limits(p.client.key == "")
	if err := p.media.DownloadAudio(ctx, source, cmp.Or(most, maxAudio), kept); err != nil {
		if _, ok := errors.AsType[*media.Error](err); !ok && ctx.Err() == nil {
			return nil, notKept(err)
		}
		return nil, err
	}
	size, err := kept.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, notKept(err)
	}
	name := "the file"
	if u, err := url.Parse(source); err == nil {
		name = fmt.Sprintf("what %q returned", excerpt(u.Hostname()))
	}
	return &audioFile{ReaderAt: kept, name: name, size: size, check: unchanging, close: closed}, nil
}

// temporary makes a file in the folder of caches.
func (p *Provider) temporary() (*os.File, error) {
	if p.cacheDir != "" {
		if err := os.MkdirAll(p.cacheDir, 0o700); err != nil {
			return nil, err
		}
	}
	return os.CreateTemp(p.cacheDir, "audio-*.tmp")
}

// notKept is the error of a file that could not be written, whose path is not told.
func notKept(err error) error {
	why := "the folder of caches cannot be written"
	if failed, ok := errors.AsType[syscall.Errno](err); ok {
		why = failed.Error()
	}
	return &Error{
		Code: CodeFileUnreadable, Message: "audio: it could not be kept on disk: " + why, cause: err, Retryable: true,
		Hint: "make room in the folder of --cache-dir, or give a path below a folder of --allow-dir",
	}
}

// audioError converts an error of finding, fetching or reading audio.
func (p *Provider) audioError(ctx context.Context, err error) error {
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if failed, ok := errors.AsType[*folder.Error](err); ok {
		e := *AsError(p.fileError(ctx, "audio", failed))
		switch failed.Kind {
		case folder.NotRegular:
			e.Hint = "name one audio file"
		case folder.Missing, folder.Invalid:
			e.Hint = audioSources
		}
		e.Retryable = false // not at once: it is being written to
		return &e
	}
	if failed, ok := errors.AsType[*media.Error](err); ok {
		e := *AsError(p.imageError(ctx, "audio", failed))
		switch {
		case e.Code == CodeImageUnreadable:
			e.Code = CodeFileUnreadable
		case e.Code == CodePayloadTooLarge && strings.Contains(failed.Message, "image"):
			e.Message = fmt.Sprintf("audio: the data has more than %s", text.Bytes(maxInlineAudio))
			e.Hint = "give an https URL, or a path below a folder of --allow-dir"
		case e.Code == CodePayloadTooLarge:
			e.Hint = "cut it into parts, or compress it"
		}
		return &e
	}
	if failed, ok := errors.AsType[syscall.Errno](err); ok && ctx.Err() == nil {
		return &Error{Code: CodeFileUnreadable, Message: "audio: the file cannot be read: " + failed.Error(), Hint: audioSources, cause: err}
	}
	return p.client.transportError(ctx, err)
}
