package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const installed = "usr/bin/ai-endpoints-mcp"

// inLinuxPackage names the files that a deb and an rpm have in common.
func inLinuxPackage() map[string]string {
	return map[string]string{
		"usr/share/doc/ai-endpoints-mcp/NOTICE":                     "NOTICE",
		"usr/share/doc/ai-endpoints-mcp/README.md":                  "README.md",
		"usr/share/doc/ai-endpoints-mcp/THIRD_PARTY_LICENSES.txt":   "bin/THIRD_PARTY_LICENSES.txt",
		"usr/share/bash-completion/completions/ai-endpoints-mcp":    "bin/completions/ai-endpoints-mcp.bash",
		"usr/lib/systemd/system/ai-endpoints-mcp.service":           "deploy/systemd/ai-endpoints-mcp.service",
		"usr/lib/systemd/system/ai-endpoints-mcp.socket":            "deploy/systemd/ai-endpoints-mcp.socket",
		"usr/share/doc/ai-endpoints-mcp/examples/nginx.conf":        "deploy/nginx/ai-endpoints-mcp.conf",
		"usr/share/fish/vendor_completions.d/ai-endpoints-mcp.fish": "bin/completions/ai-endpoints-mcp.fish",
	}
}

// deb checks a Debian package: what it says of itself, and its files, installed by dpkg into a folder, as root, or unpacked.
func (c checker) deb(ctx context.Context, a artifact, r *row) error {
	if missing(r, "dpkg-deb") {
		return nil
	}
	const format = "${Package} ${Architecture} ${Section}\n${Homepage}\n${Description}"
	fields, err := output(ctx, "dpkg-deb", "--show", "--showformat", format, a.Path)
	if err != nil {
		return err
	}
	if want := fmt.Sprintf("ai-endpoints-mcp %s utils\n%s\n%s", a.GOARCH, c.homepage, c.description); fields != want {
		return fmt.Errorf("dpkg-deb reads %q, not %q", fields, want)
	}
	r.validated = append(r.validated, "dpkg-deb")
	return inFolder(func(folder string) error {
		how, err := installDeb(ctx, a.Path, folder)
		if err != nil {
			return err
		}
		files := inLinuxPackage()
		files["usr/share/doc/ai-endpoints-mcp/copyright"] = "LICENSE"
		files["usr/share/zsh/vendor-completions/_ai-endpoints-mcp"] = "bin/completions/_ai-endpoints-mcp"
		return c.linuxPackage(ctx, folder, files, how, a, r)
	})
}

// installDeb installs a package into an empty system, which only root can, or unpacks it.
func installDeb(ctx context.Context, path, folder string) (how string, err error) {
	if _, err := exec.LookPath("dpkg"); err != nil || os.Geteuid() != 0 {
		_, err = output(ctx, "dpkg-deb", "--extract", path, folder)
		return "unpacked", err
	}
	database := filepath.Join(folder, "var/lib/dpkg")
	if err := os.MkdirAll(filepath.Join(database, "updates"), 0o755); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(database, "status"), nil, 0o644); err != nil {
		return "", err
	}
	if _, err := output(ctx, "dpkg", "--root="+folder, "--log=/dev/null", "--force-architecture", "--install", path); err != nil {
		return "", err
	}
	if differs, err := output(ctx, "dpkg", "--root="+folder, "--verify", "ai-endpoints-mcp"); err != nil || differs != "" {
		return "", errors.Join(fmt.Errorf("dpkg --verify: %q", differs), err)
	}
	return "installed", os.RemoveAll(filepath.Join(folder, "var"))
}

// rpm checks an RPM package: its digests, what it says of itself, and its files, unpacked.
func (c checker) rpm(ctx context.Context, a artifact, r *row) error {
	if missing(r, "rpm", "rpm2cpio", "cpio") {
		return nil
	}
	if _, err := output(ctx, "rpm", "--checksig", "--nosignature", a.Path); err != nil {
		return err
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[a.GOARCH]
	fields, err := output(ctx, "rpm", "--query", "--package", "--queryformat", "%{NAME} %{ARCH} %{LICENSE}\n%{URL}\n%{SUMMARY}", a.Path)
	if err != nil {
		return err
	}
	if want := fmt.Sprintf("ai-endpoints-mcp %s Apache-2.0\n%s\n%s", machine, c.homepage, c.description); fields != want {
		return fmt.Errorf("rpm reads %q, not %q", fields, want)
	}
	r.validated = append(r.validated, "rpm")
	return inFolder(func(folder string) error {
		// The names in an rpm are absolute. rpm2cpio fails for one whose payload's size is not as it expects, as GoReleaser's,
		// and what it unpacked is compared below.
		_, err := output(ctx, "sh", "-c", `rpm2cpio "$1" | cpio --extract --make-directories --no-absolute-filenames --quiet --directory="$2"`,
			"sh", a.Path, folder)
		if err != nil {
			return err
		}
		files := inLinuxPackage()
		files["usr/share/licenses/ai-endpoints-mcp/LICENSE"] = "LICENSE"
		files["usr/share/zsh/site-functions/_ai-endpoints-mcp"] = "bin/completions/_ai-endpoints-mcp"
		return c.linuxPackage(ctx, folder, files, "unpacked", a, r)
	})
}

func (c checker) linuxPackage(ctx context.Context, folder string, files map[string]string, how string, a artifact, r *row) error {
	if err := c.sameFiles(folder, installed, files, a); err != nil {
		return err
	}
	r.validated = append(r.validated, how, "licences")
	return c.program(ctx, filepath.Join(folder, installed), a, r)
}

// missing reports whether a program that a check needs is not here, and says so in the table.
func missing(r *row, programs ...string) bool {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			r.validated, r.ran = append(r.validated, "only its checksum: no "+program+" here"), "not run: not unpacked"
			return true
		}
	}
	return false
}

// output runs a command, whose error has what it wrote.
func output(ctx context.Context, name string, arguments ...string) (string, error) {
	out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}
