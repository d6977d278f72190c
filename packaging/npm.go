package main

// npmPackages returns a main package, which holds a launcher, and one package for each
// system, of which npm installs the one that fits: no script is run at installation.
func npmPackages(r *release) ([]file, error) {
	manifest, err := r.template("packaging/npm/package.json")
	if err != nil {
		return nil, err
	}
	launcher, err := readFile(r.root, "packaging/npm/bin/ai-endpoints-mcp.js")
	if err != nil {
		return nil, err
	}
	contents := []file{
		{name: "package.json", content: manifest},
		{name: "README.md", content: r.readme},
		r.notices[0],
		{name: "bin/ai-endpoints-mcp.js", content: launcher, executable: true},
	}
	archive, err := tarred("package/", contents)
	if err != nil {
		return nil, err
	}
	packages := []file{{name: "npm/ai-endpoints-mcp-" + r.version + ".tgz", content: archive}}
	for _, b := range r.programs {
		p, err := npmPlatform(r, b)
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

// npmPlatform returns the package of one system, which npm skips on others.
func npmPlatform(r *release, b program) (file, error) {
	platform, arch := b.node()
	system := platform + "-" + arch
	manifest, err := toJSON(struct {
		Name        string            `json:"name"`
		Version     string            `json:"version"`
		Description string            `json:"description"`
		License     string            `json:"license"`
		Homepage    string            `json:"homepage"`
		Repository  map[string]string `json:"repository"`
		OS          []string          `json:"os"`
		CPU         []string          `json:"cpu"`
	}{
		"@ai-endpoints-mcp/" + system, r.version, "The program of ai-endpoints-mcp for " + system, license, r.server.Repository.URL,
		map[string]string{"type": "git", "url": "git+" + r.server.Repository.URL + ".git"}, []string{platform}, []string{arch},
	})
	if err != nil {
		return file{}, err
	}
	readme := "# " + system + "\n\nThe program of the package `ai-endpoints-mcp` for one system. Install `ai-endpoints-mcp` instead.\n"
	contents := append([]file{
		{name: "package.json", content: manifest}, {name: "README.md", content: []byte(readme)}, b.file("bin/"),
	}, r.notices...)
	archive, err := tarred("package/", contents)
	return file{name: "npm/ai-endpoints-mcp-" + system + "-" + r.version + ".tgz", content: archive}, err
}
