package web

import (
	"html/template"
	"net/http"
	"slices"

	"github.com/leadloop/leadloop/examples/crm/app"
	"github.com/leadloop/leadloop/funnel"
)

// A funnelPage is the funnel as people agreed on it.
type funnelPage struct {
	Definition funnel.Definition
	Picture    template.HTML
	Steps      []step
	Mermaid    string
}

// A step is an edge or a return of the funnel.
type step struct {
	From, To   funnel.Stage
	Name, When string
	Return     bool
}

func (s *site) showFunnel(v *visit) error {
	document, err := s.document(v, app.PolicyDocument, func(d app.Document) bool { return d.Active })
	if err != nil {
		return err
	}
	definition, err := funnel.Parse([]byte(document.Body))
	if err != nil {
		return err
	}
	page := funnelPage{Definition: definition, Picture: diagram(definition)}
	page.Mermaid, _ = s.app.Diagram()
	for _, e := range definition.Edges {
		page.Steps = append(page.Steps, step{From: e.From, To: e.To, Name: string(e.On), When: release(e)})
	}
	for _, r := range definition.Returns {
		when := ""
		if r.BeforeContact {
			when = "before anybody has spoken with the lead"
		}
		page.Steps = append(page.Steps, step{From: r.From, To: r.To, Name: string(r.On), When: when, Return: true})
	}
	page.Steps = slices.Compact(page.Steps)
	return v.show(http.StatusOK, "funnel", page)
}

// release says who lets a returned lead in again.
func release(e funnel.Edge) string {
	switch e.Release {
	case "":
		return e.When
	case funnel.ReleaseCoolDown:
		return "once the wait is over"
	case funnel.ReleaseHighIntent:
		return "on an activity of high intent"
	}
	return "by a person’s decision"
}
