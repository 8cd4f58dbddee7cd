-- To find what was done with a lead's data.
CREATE INDEX audit_target ON audit (target, at);
