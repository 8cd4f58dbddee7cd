package store

import "context"

// Channels gives the channels that are told apart.
func (s *Store) Channels(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	err := s.each(ctx, `SELECT name FROM channels`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		known[name] = true
		return err
	})
	return known, fault("channels", err)
}

// AddChannel tells one more channel apart.
func (s *Store) AddChannel(ctx context.Context, name string) error {
	_, err := s.exec(ctx, `INSERT INTO channels (name) VALUES (?) ON CONFLICT DO NOTHING`, name)
	return fault("add channel", err)
}
