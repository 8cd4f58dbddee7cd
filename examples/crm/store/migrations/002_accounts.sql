-- The field "account", to find the leads of one. Leads that were there before have theirs once something of them changes.
ALTER TABLE leads ADD COLUMN account TEXT NOT NULL DEFAULT '';

CREATE INDEX leads_account ON leads (account) WHERE account <> '';
