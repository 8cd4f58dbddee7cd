package web

import (
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/examples/crm/store"
	"github.com/leadloop/leadloop/scoring"
)

// A leadPage is the page of a lead.
type leadPage struct {
	app.Page
	Now   []app.Action // that may be sent
	Later []refused    // that may not, with the cause
	Parts []dimension  // of the score
}

// A dimension is a part of the score with its lines.
type dimension struct {
	Name, Band string
	Points     scoring.Points
	Lines      []scoring.Line
}

func (s *site) showLead(v *visit) error {
	page, err := s.app.Lead(v.context(), v.user, v.r.PathValue("lead"))
	if err != nil {
		return err
	}
	shown := leadPage{Page: page, Parts: dimensions(page.Score)}
	for _, action := range page.Actions {
		if action.Refused == "" {
			shown.Now = append(shown.Now, action)
		} else {
			shown.later(action)
		}
	}
	return v.show(http.StatusOK, "lead", shown)
}

// A refused is what may not be done now for one cause.
type refused struct {
	Labels []string
	Why    string
}

// later notes an action that may not be sent, beside others with the same cause.
func (p *leadPage) later(action app.Action) {
	why := plain(action.Refused)
	for i := range p.Later {
		if p.Later[i].Why == why {
			p.Later[i].Labels = append(p.Later[i].Labels, action.Label)
			return
		}
	}
	p.Later = append(p.Later, refused{[]string{action.Label}, why})
}

// dimensions groups the lines of a score. Those of the total's limit have no dimension and come last.
func dimensions(score scoring.Score) []dimension {
	var list []dimension
	for _, d := range score.Dimensions {
		list = append(list, dimension{Name: d.Name, Band: d.Band, Points: d.Points})
	}
	list = append(list, dimension{Name: "total", Points: score.Total})
	for _, line := range score.Lines {
		i := 0
		for i < len(list)-1 && list[i].Name != line.Dimension {
			i++
		}
		list[i].Lines = append(list[i].Lines, line)
	}
	if len(list[len(list)-1].Lines) == 0 {
		list = list[:len(list)-1]
	}
	return list
}

// Width is how long a line's bar is, in percent: 50 points fill it.
func (leadPage) Width(p scoring.Points) int64 {
	if p < 0 {
		p = -p
	}
	return min(100, int64(p/(scoring.Point/2)))
}

// LineText is a line in words.
func (leadPage) LineText(l scoring.Line) string {
	text := l.Text()
	if l.Kind == scoring.RuleLine {
		text = strings.TrimPrefix(text, l.Dimension+"/")
	}
	return words(text)
}

// Factor writes the amount of an adjustment.
func (leadPage) Factor(a scoring.Adjustment) string {
	switch a.Op {
	case scoring.Scale:
		return percent(big.NewRat(int64(a.Amount), int64(scoring.Point))) + " of it stay"
	case scoring.Reset:
		return "counts from 0 again"
	}
	return points(a.Amount)
}

func (s *site) showPrivacy(v *visit) error {
	page, err := s.app.Lead(v.context(), v.user, v.r.PathValue("lead"))
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "privacy", privacyPage{Row: page.Row})
}

type privacyPage struct {
	app.Row
	Wrong string
}

func (s *site) exportLead(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	body, err := s.app.Export(v.context(), v.user, v.r.PathValue("lead"))
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Content-Disposition", `attachment; filename="lead.json"`)
	_, err = v.w.Write(body)
	return err
}

func (s *site) eraseLead(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	lead := v.r.PathValue("lead")
	if v.r.PostForm.Get("sure") != "yes" {
		page, err := s.app.Lead(v.context(), v.user, lead)
		if err != nil {
			return err
		}
		return v.show(http.StatusUnprocessableEntity, "privacy", privacyPage{page.Row, "Confirm that the lead is to be erased: this can't be undone."})
	}
	if err := s.app.Erase(v.context(), v.user, lead); err != nil {
		return err
	}
	return v.after("/leads/"+lead, "erased")
}

// An effectsPage is the outbox for admins.
type effectsPage struct {
	Counts  map[string]int64 // of those that were sent, the ones of the last 24 hours
	Dead    []store.OutboxRow
	Pending []store.OutboxRow
}

// mostEffects is how many effects a page lists.
const mostEffects = 100

func (s *site) showEffects(v *visit) error {
	var page effectsPage
	var err error
	if page.Counts, err = s.app.Store().OutboxCounts(v.context(), s.app.Now().Add(-24*time.Hour)); err != nil {
		return err
	}
	if page.Dead, err = s.app.Store().DeadEffects(v.context(), mostEffects); err != nil {
		return err
	}
	rows, err := s.app.Store().Outbox(v.context(), "", mostEffects)
	for _, row := range rows {
		if row.State == store.PendingState {
			page.Pending = append(page.Pending, row)
		}
	}
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "effects", page)
}

func (s *site) reviveEffect(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	key := v.r.PostForm.Get("key")
	if err := s.app.Store().ReviveEffect(v.context(), key, s.app.Now()); err != nil {
		return fmt.Errorf("revive: %w", err)
	}
	entry := store.AuditEntry{At: s.app.Now(), Actor: v.user.ID, Action: "revive effect", Target: key}
	if err := s.app.Store().Audit(v.context(), entry); err != nil {
		return err
	}
	return v.after("/effects", "revived")
}

// mostEntries is how much of the audit log a page shows.
const mostEntries = 200

func (s *site) showAudit(v *visit) error {
	entries, err := s.app.Store().AuditLog(v.context(), mostEntries)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "audit", entries)
}
