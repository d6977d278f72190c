package cli

import (
	"log/slog"
	"path/filepath"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
)

// openAudit opens the audit log, if there is one, which close closes.
func (o *options) openAudit(log *slog.Logger) (opened *audit.Log, closeLog func()) {
	dir := o.auditDir()
	switch {
	case dir != "":
		opened = audit.New(audit.Options{Dir: dir, Days: o.AuditDays, Logger: log})
		return opened, opened.Close
	case o.tellsCallersApart():
		log.Warn("there is no cache folder, so no audit log is kept; name a folder with --audit-dir")
	}
	return nil, func() {}
}

// tellsCallersApart reports whether calls come from people or programs with rules or an
// account of their own.
func (o *options) tellsCallersApart() bool { return o.Callers != "" || o.OAuthIssuer != "" }

// auditDir returns the folder of the audit log, "" for none.
func (o *options) auditDir() string {
	if o.AuditDir != "" || !o.tellsCallersApart() {
		return o.AuditDir
	}
	cache := o.cacheDir()
	if cache == "" {
		return ""
	}
	return filepath.Join(cache, "audit")
}
