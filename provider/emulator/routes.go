package emulator

import (
	"net/http"
	"path"
	"strings"
)

// route is an endpoint. In its path, * is an id.
type route struct {
	method, path string
	serve        func(*requestInfo) error
}

func (e *Emulator) routes() []route {
	return []route{
		{http.MethodGet, modelsPath, e.serveModels},
		{http.MethodPost, chatPath, e.chat},
		{http.MethodPost, embeddingsPath, e.embed},
		{http.MethodPost, audioPath, e.transcribe},
		{http.MethodPost, filesPath, e.createFile},
		{http.MethodGet, filesPath, e.listFiles},
		{http.MethodGet, filesPath + "/*", e.serveFile},
		{http.MethodDelete, filesPath + "/*", e.deleteFile},
		{http.MethodGet, filesPath + "/*/content", e.serveContent},
		{http.MethodPost, batchesPath, e.createBatch},
		{http.MethodGet, batchesPath, e.listBatches},
		{http.MethodGet, batchesPath + "/*", e.serveBatch},
		{http.MethodPost, batchesPath + "/*/cancel", e.cancelBatch},
		{http.MethodGet, catalogPath, e.serveCatalog},
		{http.MethodGet, "/", e.serveRoot},
	}
}

func (e *Emulator) route(info *requestInfo) error {
	info.w.Header().Set(emulatorHeader, emulatorName)
	var allowed []string
	for _, known := range e.routes() {
		if matches, err := path.Match(known.path, info.r.URL.Path); err != nil || !matches {
			continue
		}
		if known.method == info.r.Method {
			return known.serve(info)
		}
		allowed = append(allowed, known.method)
	}
	if allowed == nil {
		return gatewayError(http.StatusNotFound, "no such path: "+info.r.URL.Path)
	}
	info.w.Header().Set("Allow", strings.Join(allowed, ", "))
	return gatewayError(http.StatusMethodNotAllowed, "method not allowed: "+info.r.Method)
}

// serveRoot tells a person who opens the address what it is.
func (e *Emulator) serveRoot(info *requestInfo) error {
	var text strings.Builder
	text.WriteString("This is the emulator of ai-endpoints-mcp. No model answers here: it makes its answers up.\n\n")
	for _, known := range e.routes() {
		if known.path != "/" {
			text.WriteString((known.method + "   ")[:max(5, len(known.method)+1)] + strings.ReplaceAll(known.path, "*", "ID") + "\n")
		}
	}
	return info.send(http.StatusOK, "text/plain; charset=utf-8", strings.NewReader(text.String()))
}

// isForModel reports whether a model would answer the request.
func (info *requestInfo) isForModel() bool {
	switch info.r.URL.Path {
	case chatPath, embeddingsPath, audioPath:
		return info.r.Method == http.MethodPost
	}
	return false
}
