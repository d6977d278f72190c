package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// program is one of the two servers that are compared.
type program struct {
	binary    string
	arguments func(listen string) []string // listen "" is stdio
	tokens    []string                     // of its callers over HTTP; none lets everyone in
}

// ours is the binary under test. All that it reads is in the folder or from the
// upstream.
func ours(o options, folder string, up *upstream) (program, error) {
	config, team := filepath.Join(folder, "config.yaml"), filepath.Join(folder, "callers.yaml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return program{}, err
	}
	file, tokens := newTeam(o.team)
	if err := os.WriteFile(team, file, 0o600); err != nil {
		return program{}, err
	}
	arguments := func(listen string) []string {
		command := []string{"stdio"}
		if listen != "" {
			command = []string{"http", "--listen", listen}
		}
		if listen != "" && o.team > 0 {
			command = append(command, "--callers", team)
		}
		return append(command, "--base-url", up.baseURL, "--catalog-url", up.catalogURL, "--config", config,
			"--cache-dir", filepath.Join(folder, "cache"), "--rate-limit", "off", "--log-level", "warn")
	}
	return program{o.binary, arguments, tokens}, nil
}

// with returns the program with more arguments.
func (p program) with(more ...string) program {
	before := p.arguments
	p.arguments = func(listen string) []string { return append(before(listen), more...) }
	return p
}

// newTeam returns a file of callers, each with every rule that a call is checked by, and
// their tokens.
func newTeam(callers int) (file []byte, tokens []string) {
	var b bytes.Buffer
	b.WriteString("callers:\n")
	for i := range callers {
		token := fmt.Sprintf("a token of caller %d", i)
		token = hex.EncodeToString([]byte(token))
		fmt.Fprintf(&b, "  caller-%d: {token: sha256:%x, expires: 2999-12-31, shared_key: true, tools: [chat], models: [%s, bge-*], "+
			"requests_per_minute: 10000, max_concurrent: 100, max_cost: 1000, max_cost_month: 10000}\n", i, sha256.Sum256([]byte(token)), model)
		tokens = append(tokens, token)
	}
	return b.Bytes(), tokens
}

// buildBare builds the other one with the flags of `make build`.
func buildBare(ctx context.Context, folder string, up *upstream) (program, error) {
	binary := filepath.Join(folder, "bare.exe") // windows needs the ending, others do not mind
	build := exec.CommandContext(ctx, "go", buildArguments(binary, "./testdata/bench/bare")...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return program{}, fmt.Errorf("building the bare tool: %w: %s", err, output)
	}
	arguments := func(listen string) []string { return []string{"-base-url", up.baseURL, "-listen", listen} }
	return program{binary: binary, arguments: arguments}, nil
}

// process is a server that has answered initialize.
type process struct {
	client
	pid     int
	started time.Duration // from its start until initialize was answered
	stop    func()
}

// command prepares the program's process. stop kills it and waits for its end.
func (p program) command(ctx context.Context, listen string) (cmd *exec.Cmd, stop func()) {
	ctx, kill := context.WithCancel(ctx)
	cmd = exec.CommandContext(ctx, p.binary, p.arguments(listen)...)
	cmd.Env = append(os.Environ(), "OVH_AI_ENDPOINTS_ACCESS_TOKEN=bench")
	cmd.Stderr = os.Stderr
	return cmd, func() {
		kill()
		_ = cmd.Wait() // says that it was killed
	}
}

// startStdio starts the program as a child that talks over its pipes.
func (p program) startStdio(ctx context.Context) (*process, error) {
	cmd, stop := p.command(ctx, "")
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := newStdioClient(in, out)
	if err := initialize(ctx, c); err != nil {
		stop()
		return nil, fmt.Errorf("initialize of %s over stdio: %w", p.binary, err)
	}
	return &process{c, cmd.Process.Pid, time.Since(start), stop}, nil
}

// startHTTP starts the program on a free port of loopback.
func (p program) startHTTP(ctx context.Context) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	cmd, stop := p.command(ctx, address)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := newHTTPClient(address, p.tokens)
	for range 500 {
		if err = initialize(ctx, c); err == nil {
			return &process{c, cmd.Process.Pid, time.Since(start), stop}, nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	return nil, fmt.Errorf("initialize of %s over HTTP: %w", p.binary, err)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
