package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// wheels returns a wheel for each system. The program is one of its scripts, so that pip
// and uv put it on the PATH, and no Python runs when it does.
func wheels(r *release) ([]file, error) {
	var built []file
	for _, b := range r.programs {
		tag, err := platformTag(b)
		if err != nil {
			return nil, err
		}
		w, err := wheel(r, b, tag)
		if err != nil {
			return nil, err
		}
		built = append(built, w)
	}
	return built, nil
}

// platformTag returns the tag of a wheel. A static binary runs with any C library, and Go
// 1.26 needs macOS 12.
func platformTag(b program) (string, error) {
	tags := map[string]string{
		"darwin amd64":  "macosx_12_0_x86_64",
		"darwin arm64":  "macosx_12_0_arm64",
		"linux amd64":   "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
		"linux arm64":   "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
		"windows amd64": "win_amd64",
		"windows arm64": "win_arm64",
	}
	tag, ok := tags[b.system+" "+b.processor]
	if !ok {
		return "", fmt.Errorf("wheels have no tag for %s/%s", b.system, b.processor)
	}
	return tag, nil
}

func wheel(r *release, b program, tag string) (file, error) {
	name := "ai_endpoints_mcp-" + pythonVersion(r.version)
	info := name + ".dist-info/"
	contents := []file{b.file(name + ".data/scripts/"), {name: info + "METADATA", content: r.pythonMetadata()}}
	for _, notice := range r.notices {
		contents = append(contents, file{name: info + "licenses/" + notice.name, content: notice.content})
	}
	var wheel strings.Builder
	wheel.WriteString("Wheel-Version: 1.0\nGenerator: ai-endpoints-mcp\nRoot-Is-Purelib: false\n")
	for one := range strings.SplitSeq(tag, ".") {
		wheel.WriteString("Tag: py3-none-" + one + "\n")
	}
	contents = append(contents, file{name: info + "WHEEL", content: []byte(wheel.String())})
	contents = append(contents, file{name: info + "RECORD", content: record(contents, info+"RECORD")})
	archive, err := zipped(contents)
	return file{name: "pypi/" + name + "-py3-none-" + tag + ".whl", content: archive}, err
}

// record lists the files of a wheel with their hashes, itself without one.
func record(files []file, own string) []byte {
	var lines strings.Builder
	for _, f := range files {
		sum := sha256.Sum256(f.content)
		fmt.Fprintf(&lines, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.content))
	}
	return []byte(lines.String() + own + ",,\n")
}

func (r *release) pythonMetadata() []byte {
	var text strings.Builder
	fmt.Fprintf(&text, "Metadata-Version: 2.4\nName: ai-endpoints-mcp\nVersion: %s\n", pythonVersion(r.version))
	fmt.Fprintf(&text, "Summary: %s\nLicense-Expression: %s\n", r.server.Description, license)
	for _, notice := range r.notices {
		fmt.Fprintf(&text, "License-File: %s\n", notice.name)
	}
	fmt.Fprintf(&text, "Project-URL: Repository, %s\nKeywords: mcp,mcp-server,ovhcloud,ai-endpoints,llm\n", r.server.Repository.URL)
	fmt.Fprintf(&text, "Requires-Python: >=3.8\nDescription-Content-Type: text/markdown\n\n%s", r.readme)
	return []byte(text.String())
}
