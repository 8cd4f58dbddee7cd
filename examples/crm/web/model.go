package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
	"github.com/leadloop/leadloop/handoff"
	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// A modelPage is the scoring model with what outcomes would change in it.
type modelPage struct {
	app.ModelPage
	Target learn.Target
}

// Learned are the evidence and the proposed points of a rule, by its name in the model.
func (p modelPage) Learned(dimension, rule string) (found struct {
	Known    bool
	Evidence learn.Row
}) {
	for _, row := range p.Evidence.Rows {
		if row.Rule == dimension+"/"+rule && row.Row == "" {
			found.Known, found.Evidence = true, row
		}
	}
	return found
}

// Lift writes by how much more often leads that a rule matched were accepted.
func (modelPage) Lift(r learn.Row) string {
	lift, known := r.Lift()
	if !known {
		return "–"
	}
	return "× " + strconv.FormatFloat(lift, 'f', 2, 64)
}

// Decimal writes a figure of a test.
func (modelPage) Decimal(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }

// Rate writes a share with what it was counted from.
func (modelPage) Rate(r learn.Rate) string { return share(r.Part, r.Whole) }

// target is what a proposal is learned for.
func target(text string) (learn.Target, error) {
	switch t := learn.Target(text); t {
	case "":
		return learn.Acceptance, nil
	case learn.Acceptance, learn.Win:
		return t, nil
	}
	return "", errNotFound
}

func (s *site) showModel(v *visit) error {
	target, err := target(v.r.URL.Query().Get("target"))
	if err != nil {
		return err
	}
	page, err := s.app.Model(v.context(), target)
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "model", modelPage{page, target})
}

func (s *site) answerProposal(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	form := v.r.PostForm
	target, err := target(form.Get("target"))
	if err != nil {
		return err
	}
	answer := form.Get("answer")
	if answer != "accept" && answer != "decline" {
		return errForm
	}
	if err := s.app.AnswerProposal(v.context(), v.user, target, form.Get("digest"), answer == "accept"); err != nil {
		return err
	}
	what := map[string]string{"accept": "accepted-proposal", "decline": "declined-proposal"}[answer]
	http.Redirect(v.w, v.r, "/model?"+url.Values{"target": {string(target)}, "done": {what}}.Encode(), http.StatusSeeOther)
	return nil
}

// A documentPage is a version of a document, with what changed since the one before.
type documentPage struct {
	app.Document
	Before  int // version; 0: there is none
	Changes []string
}

func (s *site) showDocuments(v *visit) error {
	documents, err := s.app.Documents(v.context())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "documents", documents)
}

// document finds a version, and the one before it.
func (s *site) document(v *visit, kind string, pick func(app.Document) bool) (page documentPage, err error) {
	documents, err := s.app.Documents(v.context())
	if err != nil {
		return page, err
	}
	var before app.Document
	for _, d := range documents {
		if d.Kind != kind {
			continue
		}
		if pick(d) {
			page.Document = d
		}
	}
	if page.Version == 0 {
		return page, errNotFound
	}
	for _, d := range documents {
		if d.Kind == kind && d.Version < page.Version && d.Version > before.Version {
			before = d
		}
	}
	if before.Version > 0 {
		page.Before = before.Version
		page.Changes, err = changes(kind, before.Body, page.Body)
	}
	return page, err
}

func (s *site) showDocument(v *visit) error {
	version, err := readWhole(v.r.PathValue("version"))
	if err != nil {
		return errNotFound
	}
	page, err := s.document(v, v.r.PathValue("kind"), func(d app.Document) bool { return int64(d.Version) == version })
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "document", page)
}

// changes says in words what a version does differently.
func changes(kind, before, after string) ([]string, error) {
	var lines []string
	switch kind {
	case app.ModelDocument:
		old, err := scoring.Parse([]byte(before))
		new, err2 := scoring.Parse([]byte(after))
		for _, c := range scoring.Diff(old, new) {
			lines = append(lines, c.Text)
		}
		return lines, errors.Join(err, err2)
	case app.PolicyDocument:
		old, err := funnel.Parse([]byte(before))
		new, err2 := funnel.Parse([]byte(after))
		for _, c := range funnel.Diff(old, new) {
			lines = append(lines, c.Text)
		}
		return lines, errors.Join(err, err2)
	}
	old, err := handoff.Parse([]byte(before))
	new, err2 := handoff.Parse([]byte(after))
	for _, c := range handoff.Diff(old, new) {
		lines = append(lines, c.Text)
	}
	return lines, errors.Join(err, err2)
}

// An adoptPage is the form for a new version of a document.
type adoptPage struct {
	Kind, Body, Note string
	Wrong            []string // every mistake
}

func (s *site) showAdopt(v *visit) error {
	kind := v.r.PathValue("kind")
	page, err := s.document(v, kind, func(d app.Document) bool { return d.Active })
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "adopt", adoptPage{Kind: kind, Body: page.Body})
}

func (s *site) adopt(v *visit) error {
	if err := v.form(); err != nil {
		return err
	}
	form := v.r.PostForm
	page := adoptPage{Kind: v.r.PathValue("kind"), Body: strings.ReplaceAll(form.Get("body"), "\r\n", "\n"), Note: strings.TrimSpace(form.Get("note"))}
	_, err := s.app.Adopt(v.context(), v.user, page.Kind, page.Body, page.Note)
	if errors.Is(err, app.ErrDocument) {
		page.Wrong = strings.Split(err.Error(), "\n")
		return v.show(http.StatusUnprocessableEntity, "adopt", page)
	}
	if err != nil {
		return err
	}
	return v.after("/documents", "adopted")
}

// readWhole reads a whole number that is not negative.
func readWhole(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	return int64(n), err
}
