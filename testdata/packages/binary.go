package main

import (
	"context"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

// program checks a binary for the system of its artifact, and runs it if that works here.
func (c checker) program(ctx context.Context, path string, a artifact, r *row) error {
	if err := checkHeader(path, a.GOOS, a.GOARCH); err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return err
	}
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	for key, want := range map[string]string{
		"GOOS": a.GOOS, "GOARCH": a.GOARCH, "CGO_ENABLED": "0", "-trimpath": "true", "-tags": "grpcnotrace",
	} {
		if settings[key] != want {
			return fmt.Errorf("it is built with %s=%s, not %s", key, settings[key], want)
		}
	}
	r.validated = append(r.validated, "header", "build flags")
	emulator, err := emulatorOf(a.GOOS, a.GOARCH)
	if err != nil {
		r.ran = "not run: " + err.Error()
		return nil
	}
	command := append(emulator, path)
	if err := c.runsHere(ctx, command, a); err != nil {
		return fmt.Errorf("running it: %w", err)
	}
	r.ran = "version, chat over stdio"
	if len(emulator) > 0 {
		r.ran += " by " + emulator[0]
	}
	return nil
}

// binaryOf returns the path of the binary that GoReleaser built for a system.
func (c checker) binaryOf(system, architecture string) (string, error) {
	for _, a := range c.artifacts {
		if a.Type == "Binary" && a.GOOS == system && a.GOARCH == architecture {
			return a.Path, nil
		}
	}
	return "", fmt.Errorf("there is no binary for %s/%s", system, architecture)
}

// checkHeader reads a binary's header, for those that cannot run here.
func checkHeader(path, system, architecture string) error {
	var machine fmt.Stringer
	var wants map[string]fmt.Stringer
	switch system {
	case "linux":
		file, err := elf.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		for _, segment := range file.Progs {
			if segment.Type == elf.PT_INTERP {
				return errors.New("it is not static: it names a dynamic linker")
			}
		}
		machine, wants = file.Machine, map[string]fmt.Stringer{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	case "darwin":
		file, err := macho.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		machine, wants = file.Cpu, map[string]fmt.Stringer{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}
	case "windows":
		file, err := pe.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		machine, wants = peMachine(file.Machine), map[string]fmt.Stringer{
			"amd64": peMachine(pe.IMAGE_FILE_MACHINE_AMD64), "arm64": peMachine(pe.IMAGE_FILE_MACHINE_ARM64),
		}
	}
	if want := wants[architecture]; want == nil || machine != want {
		return fmt.Errorf("its header says %v, not %v", machine, want)
	}
	return nil
}

// peMachine returns the name of the machine in a PE header, as debug/elf and debug/macho
// have it.
type peMachine uint16

func (m peMachine) String() string { return fmt.Sprintf("machine %#x", uint16(m)) }

// emulatorOf returns what a binary's command begins with to run here: nothing for one of
// this system.
func emulatorOf(system, architecture string) ([]string, error) {
	if system == runtime.GOOS && architecture == runtime.GOARCH {
		return nil, nil
	}
	here := fmt.Errorf("this is %s/%s", runtime.GOOS, runtime.GOARCH)
	if system != "linux" || runtime.GOOS != "linux" {
		return nil, here
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[architecture]
	for _, name := range []string{"qemu-" + machine + "-static", "qemu-" + machine} {
		if _, err := exec.LookPath(name); err == nil {
			return []string{name}, nil
		}
	}
	return nil, fmt.Errorf("%w, without qemu-%s", here, machine)
}

// runsHere asks the program for its version, and a model of its emulator over stdio.
func (c checker) runsHere(ctx context.Context, command []string, a artifact) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // emulated, it starts slowly
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], append(command[1:], "version")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("version: %w: %s", err, out)
	}
	want := fmt.Sprintf("ai-endpoints-mcp %s (%s, %s/%s)", c.version, runtime.Version(), a.GOOS, a.GOARCH)
	if got := strings.TrimSpace(string(out)); got != want {
		return fmt.Errorf("version says %q, not %q", got, want)
	}
	return c.chat(ctx, command)
}

func (c checker) chat(ctx context.Context, command []string) error {
	home, err := os.MkdirTemp("", "packages-home-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	environment := []string{"HOME=" + home, "AI_ENDPOINTS_CONFIG=", "AI_ENDPOINTS_CACHE_DIR=" + home}
	server, err := client.NewStdioMCPClient(command[0], environment, append(command[1:], "stdio", "--sandbox", "--log-level", "warn")...)
	if err != nil {
		return err
	}
	defer server.Close()
	initialize := mcp.InitializeRequest{}
	initialize.Params.ClientInfo = mcp.Implementation{Name: "packages", Version: "1"}
	initialized, err := server.Initialize(ctx, initialize)
	if err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	if got := initialized.ServerInfo.Version; got != c.version {
		return fmt.Errorf("the server says that it is %q, not %q", got, c.version)
	}
	call := mcp.CallToolRequest{}
	call.Params.Name, call.Params.Arguments = "chat", map[string]any{"prompt": "Why is the sky blue?"}
	result, err := server.CallTool(ctx, call)
	if err != nil {
		return fmt.Errorf("chat: %w", err)
	}
	if text := mcp.GetTextFromContent(result.Content[0]); result.IsError || text == "" {
		return fmt.Errorf("chat answered %q", text)
	}
	return nil
}
