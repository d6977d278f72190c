//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// documentedEmulator is where the documents have the emulator.
const documentedEmulator = "127.0.0.1:8089"

// ownProgram is the program in a document's commands. They run with --sandbox unless
// they name a server, and what serves is ended once it does. Failures are recorded,
// since a pipe hides them.
const ownProgram = `#!/bin/sh
run() { "$REAL" "$@" || { echo "ai-endpoints-mcp $*" >>"$FAILED" && exit 1; }; }
serve() {
  case " $* " in
  *" --listen "*) ;;
  *) set -- "$@" --listen 127.0.0.1:0 ;;
  esac
  log=$(mktemp)
  "$REAL" "$@" 2>"$log" &
  until grep -qe serving -e ^error "$log"; do sleep 0.05; done
  kill -TERM $! && wait $! || { cat "$log" >&2 && exit 1; }
}
case ${1-} in
emulator) serve "$@" && exit ;;
http) serve "$@" --sandbox && exit ;;
version | completion | token | callers | help) run "$@" && exit ;;
esac
case " $* " in
*" --base-url "* | *" --url "*) run "$@" ;;
*) run "$@" --sandbox ;;
esac
`

// foreignProgram records its arguments, and reads what is piped into it.
const foreignProgram = `#!/bin/sh
cat >/dev/null
printf '%s\037' "${0##*/}" "$@" >>"$CALLS"
printf '\036' >>"$CALLS"
`

// shell runs the commands of a document in a folder that looks like a clone. Nothing
// but the programs that it has can be run.
type shell struct {
	folder, programs string
	emulator         *emulatorProcess
}

func newShell(t *testing.T) *shell {
	t.Helper()
	s := &shell{folder: t.TempDir(), programs: t.TempDir(), emulator: startEmulator(t)}
	for _, folder := range []string{"bin", "deploy", "Pictures"} {
		if err := os.Mkdir(filepath.Join(s.folder, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.write(t, "README.md", "# A document", 0o644)
	s.write(t, "invoice.txt", "Total: 30 EUR.", 0o644)
	s.write(t, "lines.txt", "Guten Tag\nBonjour\n", 0o644)
	s.write(t, "invoice.schema.json", `{"type": "object", "properties": {"total": {"type": "number"}}, "required": ["total"]}`, 0o644)
	s.writeCertificate(t)

	s.write(t, "bin/ai-endpoints-mcp", ownProgram, 0o755)
	tools := map[string]string{"ai-endpoints-mcp": filepath.Join(s.folder, "bin/ai-endpoints-mcp")}
	for _, tool := range []string{"cat", "chmod", "grep", "head", "mktemp", "sleep", "tail"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		tools[tool] = path
	}
	s.write(t, "foreign", foreignProgram, 0o755)
	for name := range foreignPrograms() {
		tools[name] = filepath.Join(s.folder, "foreign")
	}
	for name, target := range tools {
		if err := os.Symlink(target, filepath.Join(s.programs, name)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *shell) write(t *testing.T, name, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func (s *shell) writeCertificate(t *testing.T) {
	t.Helper()
	certificate, key := certificatePEM(t)
	s.write(t, "cert.pem", certificate, 0o644)
	s.write(t, "key.pem", key, 0o600)
}

// run executes a block, then checks what it has called of other programs.
func (s *shell) run(t *testing.T, b block) {
	t.Helper()
	base := strings.TrimSuffix(strings.TrimPrefix(s.emulator.baseURL, "http://"), "/v1")
	script := strings.ReplaceAll(b.text, documentedEmulator, base)
	script = strings.ReplaceAll(script, "0.0.0.0:8080", "0.0.0.0:0")
	records := t.TempDir()
	calls, failed := filepath.Join(records, "calls"), filepath.Join(records, "failed")
	cmd := exec.CommandContext(contextWithin(t, 3*maxWait), "/bin/sh", "-euc", script)
	// What the shell has started ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Dir = s.folder
	cmd.Env = []string{
		"PATH=" + s.programs, "HOME=" + s.folder, "TMPDIR=" + t.TempDir(), "REAL=" + binary, "CALLS=" + calls, "FAILED=" + failed,
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s:%d: %v\n%s\n%s", b.document, b.line, err, script, out)
		return
	}
	if text, err := os.ReadFile(failed); err == nil {
		t.Errorf("%s:%d: this failed within a pipe: %s", b.document, b.line, text)
	}
	recorded, err := os.ReadFile(calls)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for record := range strings.SplitSeq(string(recorded), "\036") {
		if record != "" {
			words := strings.Split(strings.TrimSuffix(record, "\037"), "\037")
			foreignPrograms()[words[0]](t, words[1:])
		}
	}
}
