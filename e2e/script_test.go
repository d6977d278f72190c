package e2e

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/tones/tonetest"
)

// TestScripts runs the shell sessions of testdata/script. Each has its own home and
// its own emulated AI Endpoints at $BASE_URL and $CATALOG_URL. Besides testscript's
// commands there are:
//
//	exits CODE PROGRAM ARGUMENT…   the program ends with exactly this code
//	received                       prints the requests to models: headers, body
//	wav FILE                       makes a file of a second, in which the emulator hears A4 and A5
//	mode OCTAL FILE                the file has these permissions
//	fails PATH STATUS BODY         the next request whose path ends so is answered with these
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), ContinueOnError: true,
		Setup: func(env *testscript.Env) error {
			upstream := emulator.New(emulator.Options{})
			upstream.Record()
			listening := httptest.NewServer(upstream)
			env.Defer(listening.Close)
			env.Values[upstreamKey{}] = upstream
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("PATH", filepath.Dir(binary))
			env.Setenv("HOME", home)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
			env.Setenv("BASE_URL", listening.URL+"/v1")
			env.Setenv("CATALOG_URL", listening.URL+"/rest/v1/models_v2")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "received": received, "fails": fails, "wav": wav, "mode": mode},
	})
}

type upstreamKey struct{}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGUMENT…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("%s has the mode %s, want %s", args[1], got, args[0])
	}
}

func received(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: received")
	}
	for _, request := range ts.Value(upstreamKey{}).(*emulator.Emulator).Requests() {
		if request.Method != http.MethodPost {
			continue
		}
		fmt.Fprintln(ts.Stdout(), "POST", request.Path)
		for name, values := range request.Header {
			fmt.Fprintf(ts.Stdout(), "%s: %s\n", name, values)
		}
		fmt.Fprintf(ts.Stdout(), "%s\n", request.Body)
	}
}

func wav(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: wav FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), talk(), 0o600))
}

// talk is a WAV file of a second, in which the emulator hears A4 and, 0.4 s later, A5.
func talk() []byte {
	return tonetest.WAV(tonetest.Format{}, tonetest.Note{Hertz: 440, Seconds: 0.5}, tonetest.Note{Seconds: 0.4}, tonetest.Note{Hertz: 880, Seconds: 0.1})
}

func fails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: fails PATH STATUS BODY")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Value(upstreamKey{}).(*emulator.Emulator).Script(emulator.Fault{Path: args[0], Status: status, Body: args[2]})
}
