-- How many leads of a part were dropped, see parts.go.
CREATE TABLE dropped (
	part  BIGINT PRIMARY KEY,
	leads BIGINT NOT NULL
);
