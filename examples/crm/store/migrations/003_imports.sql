-- When an import last got on. One that still runs, and has not got on for long, was interrupted.
ALTER TABLE imports ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
