package main

import (
	"context"
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
}

// ours is the binary under test. All that it reads is in the folder or from the
// upstream.
func ours(binary, folder string, up *upstream) (program, error) {
	config := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return program{}, err
	}
	return program{binary, func(listen string) []string {
		command := []string{"stdio"}
		if listen != "" {
			command = []string{"http", "--listen", listen}
		}
		return append(command, "--base-url", up.baseURL, "--catalog-url", up.catalogURL, "--config", config,
			"--cache-dir", filepath.Join(folder, "cache"), "--rate-limit", "off", "--log-level", "warn")
	}}, nil
}

// buildBare builds the other one with the flags of `make build`.
func buildBare(ctx context.Context, folder string, up *upstream) (program, error) {
	binary := filepath.Join(folder, "bare.exe") // windows needs the ending, others do not mind
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./testdata/bench/bare")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		return program{}, fmt.Errorf("building the bare tool: %w: %s", err, output)
	}
	return program{binary, func(listen string) []string {
		return []string{"-base-url", up.baseURL, "-listen", listen}
	}}, nil
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
	c := newHTTPClient(address)
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
