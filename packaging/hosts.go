package main

// hostFolders returns the folder of a marketplace with the plugin of Claude Code, and the
// archives of the extension of Gemini CLI, by the names that it looks for.
func hostFolders(r *release) ([]file, error) {
	marketplace, err := readFile(r.root, "packaging/.claude-plugin/marketplace.json") // the version is the plugin's
	if err != nil {
		return nil, err
	}
	files := []file{{name: "claude/.claude-plugin/marketplace.json", content: marketplace}}
	for _, path := range []string{"claude-plugin/.claude-plugin/plugin.json", "claude-plugin/.mcp.json"} {
		content, err := r.template("packaging/" + path)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: "claude/" + path, content: content})
	}
	manifest, err := r.template("packaging/gemini-extension/gemini-extension.json")
	if err != nil {
		return nil, err
	}
	for _, b := range r.programs {
		contents := append([]file{
			{name: "gemini-extension.json", content: manifest}, {name: "README.md", content: r.readme}, b.file(""),
		}, r.notices...)
		archive, err := tarred("", contents)
		if err != nil {
			return nil, err
		}
		platform, arch := b.node()
		files = append(files, file{name: platform + "." + arch + ".ai-endpoints-mcp.tar.gz", content: archive})
	}
	return files, nil
}
