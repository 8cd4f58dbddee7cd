-- The channels that are told apart, see channels.go.
CREATE TABLE channels (
	name TEXT PRIMARY KEY
);
INSERT INTO channels (name) SELECT DISTINCT channel FROM activities WHERE channel <> '';
