package clients

// Entry is a server of a client's config that is ours: it has our name or starts our
// program.
type Entry struct {
	Client  string // the client's name
	Path    string // of the config
	Name    string // of the entry
	Command string // "" for a URL
	Args    []string
	URL     string
	Env     []string // names of the variables that the entry sets or passes on, sorted
	Texts   []string // those of Env that hold a text instead of a reference, sorted
	Err     error    // why the config cannot be read; then the rest but Client and Path is empty
}

// Entries returns the entries of ours in the configs of all clients, in the order of
// [All], then of the file; a config that cannot be read is one with Err.
func Entries(env Env) []Entry { return nil }
