-- Instants are microseconds since 1970 in UTC, 0 is none.

CREATE TABLE leads (
	id         TEXT PRIMARY KEY,
	part       BIGINT NOT NULL,            -- of the report, see parts.go
	created    BIGINT NOT NULL,
	channel    TEXT NOT NULL,              -- that brought it in
	fields     TEXT NOT NULL,              -- name, company, industry and so on, as JSON
	filled     TEXT NOT NULL,              -- when each field was last given, as JSON
	label      TEXT NOT NULL,              -- for lists: name and company
	activities BIGINT NOT NULL DEFAULT 0,  -- how many there are
	newest     BIGINT NOT NULL DEFAULT 0,  -- the latest of them
	changes    BIGINT NOT NULL DEFAULT 0,  -- counts what changes fields, activities and adjustments
	grade      TEXT NOT NULL DEFAULT '',
	points     BIGINT NOT NULL DEFAULT 0,  -- micropoints
	why        TEXT NOT NULL DEFAULT '[]', -- the rules that weigh most, as JSON
	scored     BIGINT NOT NULL DEFAULT 0,
	suppressed BIGINT NOT NULL DEFAULT 0   -- when it was, 0 if it is not
);

CREATE INDEX leads_part ON leads (part, activities, changes);

CREATE TABLE identities (
	kind  TEXT NOT NULL,                   -- user, anonymous or email
	value TEXT NOT NULL,
	lead  TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
	PRIMARY KEY (kind, value)
);

CREATE INDEX identities_lead ON identities (lead);

CREATE TABLE activities (
	message    TEXT PRIMARY KEY,           -- the sender's id: the same message twice is one activity
	lead       TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
	at         BIGINT NOT NULL,
	kind       TEXT NOT NULL,
	channel    TEXT NOT NULL,              -- empty: it is no touch of marketing's
	campaign   TEXT NOT NULL,
	cost       BIGINT NOT NULL,
	detail     TEXT NOT NULL               -- such as the page
);

CREATE INDEX activities_lead ON activities (lead, at);

-- Reports read all touches: this index has all that they need, so that the table is not looked at.
CREATE INDEX activities_touches ON activities (lead, message, at, channel, campaign, cost) WHERE channel <> '';

CREATE TABLE adjustments (
	key   TEXT PRIMARY KEY,                -- of the effect, and the place within it
	lead  TEXT NOT NULL REFERENCES leads (id) ON DELETE CASCADE,
	body  TEXT NOT NULL
);

CREATE INDEX adjustments_lead ON adjustments (lead);

CREATE TABLE cases (
	lead    TEXT PRIMARY KEY,
	part    BIGINT NOT NULL,
	version BIGINT NOT NULL,
	body    TEXT NOT NULL,
	stage   TEXT NOT NULL,
	status  TEXT NOT NULL,
	owner   TEXT NOT NULL,
	track   TEXT NOT NULL,
	next    BIGINT NOT NULL,               -- the next deadline; none is the largest number, so that it comes last
	changed BIGINT NOT NULL,               -- when the latest event occurred
	revenue BIGINT NOT NULL                -- won
);

CREATE INDEX cases_part ON cases (part, version);

CREATE INDEX cases_owner ON cases (owner, stage, next, lead);

CREATE INDEX cases_next ON cases (stage, next, lead);

CREATE INDEX cases_changed ON cases (stage, changed, lead);

CREATE INDEX cases_revenue ON cases (stage, revenue);

CREATE TABLE events (
	lead    TEXT NOT NULL,
	version BIGINT NOT NULL,
	part    BIGINT NOT NULL,
	body    TEXT NOT NULL,
	PRIMARY KEY (lead, version)
);

CREATE INDEX events_part ON events (part, lead, version);

CREATE TABLE pools (
	name  TEXT PRIMARY KEY,
	state TEXT NOT NULL
);

CREATE TABLE outbox (
	lead     TEXT NOT NULL,
	version  BIGINT NOT NULL,              -- of the event that caused it
	place    BIGINT NOT NULL,              -- among that event's effects
	key      TEXT NOT NULL UNIQUE,
	kind     TEXT NOT NULL,
	body     TEXT NOT NULL,
	ready    BIGINT NOT NULL,              -- when it may be claimed: the next try, or the end of a lease
	claim    TEXT NOT NULL DEFAULT '',     -- who has it
	attempts BIGINT NOT NULL DEFAULT 0,
	state    TEXT NOT NULL,                -- pending, done or dead
	error    TEXT NOT NULL DEFAULT '',     -- of the last try
	PRIMARY KEY (lead, version, place)
);

CREATE INDEX outbox_ready ON outbox (state, ready);

CREATE TABLE timers (
	lead  TEXT NOT NULL,
	kind  TEXT NOT NULL,                   -- deadline or score
	ready BIGINT NOT NULL,                 -- when it may be claimed: when it falls due, or the end of a lease
	claim TEXT NOT NULL,                   -- who has it
	PRIMARY KEY (lead, kind)
);

CREATE INDEX timers_ready ON timers (ready);

CREATE TABLE documents (
	kind    TEXT NOT NULL,                 -- model, agreement or policy
	version BIGINT NOT NULL,
	body    TEXT NOT NULL,
	author  TEXT NOT NULL,
	created BIGINT NOT NULL,
	note    TEXT NOT NULL,
	active  BIGINT NOT NULL,               -- 1 for the one that decides
	PRIMARY KEY (kind, version)
);

CREATE TABLE sessions (
	token   TEXT PRIMARY KEY,              -- hash of the cookie's
	actor   TEXT NOT NULL,
	role    TEXT NOT NULL,
	secret  TEXT NOT NULL,                 -- for forms
	expires BIGINT NOT NULL
);

CREATE TABLE suppressions (
	hash   TEXT PRIMARY KEY,               -- keyed hash of an address: it survives erasure
	reason TEXT NOT NULL,
	since  BIGINT NOT NULL
);

CREATE TABLE imports (
	id       TEXT PRIMARY KEY,
	name     TEXT NOT NULL,
	total    BIGINT NOT NULL,              -- bytes
	read     BIGINT NOT NULL,
	rows     BIGINT NOT NULL,
	refused  BIGINT NOT NULL,
	problems TEXT NOT NULL,
	state    TEXT NOT NULL,
	started  BIGINT NOT NULL
);

CREATE TABLE audit (
	id     TEXT PRIMARY KEY,
	at     BIGINT NOT NULL,
	actor  TEXT NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL
);

CREATE INDEX audit_at ON audit (at);

CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
