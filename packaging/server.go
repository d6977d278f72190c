package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// license is that of the program, as SPDX names it.
const license = "Apache-2.0"

// server is server.json, which the MCP registry gets.
type server struct {
	Schema      string            `json:"$schema"`
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Version     string            `json:"version"`
	Repository  repository        `json:"repository"`
	Packages    []registryPackage `json:"packages"`
}

type repository struct {
	URL    string `json:"url"`
	Source string `json:"source"`
}

type registryPackage struct {
	RegistryType         string            `json:"registryType"`
	Identifier           string            `json:"identifier"`
	Version              string            `json:"version,omitempty"`
	FileSHA256           string            `json:"fileSha256,omitempty"`
	RuntimeHint          string            `json:"runtimeHint,omitempty"`
	Transport            map[string]string `json:"transport"`
	EnvironmentVariables []variable        `json:"environmentVariables"`
}

type variable struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Format      string `json:"format,omitempty"`
	IsSecret    bool   `json:"isSecret,omitempty"`
}

// readServer refuses a field that would be lost when the file is written for a release.
func readServer(path string) (*server, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	s := &server{}
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// forRelease returns server.json with the version of a release and the hash of its bundle.
func (s *server) forRelease(r *release, built []file) (file, error) {
	released := *s
	released.Version = r.version
	released.Packages = nil
	for _, p := range s.Packages {
		p.Identifier = strings.ReplaceAll(p.Identifier, s.Version, r.version)
		if p.Version != "" {
			p.Version = r.version
		}
		switch p.RegistryType {
		case "pypi":
			p.Version = pythonVersion(r.version)
		case "mcpb":
			for _, f := range built {
				if f.name == r.bundleName() {
					p.FileSHA256 = fmt.Sprintf("%x", sha256.Sum256(f.content))
				}
			}
		}
		released.Packages = append(released.Packages, p)
	}
	content, err := toJSON(released)
	return file{name: "server.json", content: content}, err
}
