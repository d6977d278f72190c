package main

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
)

// bundle returns the MCP bundle, one for all systems, since neither its manifest nor the
// registry tells processors apart. It is packed here and not by the tool of the format,
// which stamps it with the time, so that its hash could not be reproduced.
func bundle(r *release) ([]file, error) {
	manifest, err := r.template("packaging/mcpb/manifest.json")
	if err != nil {
		return nil, err
	}
	launcher, err := readFile(r.root, "packaging/mcpb/linux.sh")
	if err != nil {
		return nil, err
	}
	contents := []file{
		{name: "manifest.json", content: manifest},
		{name: "README.md", content: r.readme},
		{name: "server/linux/ai-endpoints-mcp", content: launcher, executable: true},
	}
	contents = append(contents, r.notices...)
	var macs [][]byte
	// Windows on ARM runs what is built for amd64, as no other system does.
	for _, target := range [][2]string{
		{"linux", "amd64"}, {"linux", "arm64"}, {"windows", "amd64"}, {"darwin", "amd64"}, {"darwin", "arm64"},
	} {
		b, err := r.program(target[0], target[1])
		switch {
		case err != nil:
			return nil, err
		case b.system == "linux":
			contents = append(contents, file{"server/linux/" + b.processor, b.content, true})
		case b.system == "windows":
			contents = append(contents, b.file("server/windows/"))
		default:
			macs = append(macs, b.content)
		}
	}
	universal, err := universalBinary(macs)
	if err != nil {
		return nil, err
	}
	contents = append(contents, file{"server/darwin/ai-endpoints-mcp", universal, true})
	archive, err := zipped(contents)
	return []file{{name: r.bundleName(), content: archive}}, err
}

func (r *release) bundleName() string { return "ai-endpoints-mcp-" + r.version + ".mcpb" }

// universalBinary joins binaries of macOS for several processors into one, whose parts
// keep their signatures: a table of 32-bit big-endian numbers, then the parts.
func universalBinary(parts [][]byte) ([]byte, error) {
	const (
		magic, partMagic = 0xcafebabe, 0xfeedfacf
		alignment        = 14 // as a power of two: a page of ARM
	)
	table := binary.BigEndian.AppendUint32(nil, magic)
	table = binary.BigEndian.AppendUint32(table, uint32(len(parts)))
	var body []byte // from the first page on
	for _, part := range parts {
		if len(part) < 12 || binary.LittleEndian.Uint32(part) != partMagic {
			return nil, errors.New("a binary for darwin is not a 64-bit Mach-O file")
		}
		for len(body)%(1<<alignment) != 0 {
			body = append(body, 0)
		}
		for _, number := range []uint32{
			binary.LittleEndian.Uint32(part[4:]), binary.LittleEndian.Uint32(part[8:]), // processor and its kind
			uint32(1<<alignment + len(body)), uint32(len(part)), alignment,
		} {
			table = binary.BigEndian.AppendUint32(table, number)
		}
		body = append(body, part...)
	}
	return append(append(table, make([]byte, 1<<alignment-len(table))...), body...), nil
}

func readFile(root, path string) ([]byte, error) { return os.ReadFile(filepath.Join(root, path)) }
