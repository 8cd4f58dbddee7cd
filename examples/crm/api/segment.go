package api

import (
	"crypto/rand"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// kinds are the names that web sites commonly give to what this model calls otherwise. Any other event is its own kind: "Pricing View"
// is pricing_view.
var kinds = map[string]string{
	"demo_requested": "demo_request", "trial_started": "trial", "webinar_attended": "webinar", "ebook_downloaded": "ebook",
	"email_opened": "email_open", "email_link_clicked": "email_click", "email_replied": "reply",
}

// pages are the kinds of pages by a part of their path.
var pages = []struct{ part, kind string }{{"pricing", "pricing_view"}, {"careers", "careers_view"}, {"jobs", "careers_view"}}

// mediums are the channels of marketing by what links say as utm_medium. Any other medium is its own channel.
var mediums = map[string]string{
	"cpc": "paid search", "ppc": "paid search", "paid": "paid search", "paidsearch": "paid search", "paid-search": "paid search",
	"organic": "organic search", "e-mail": "email", "newsletter": "email", "social-media": "social", "paid-social": "social", "affiliate": "referral",
}

// A call is one call of the tracking specification.
type call struct {
	place   string // in the document: "", or "batch[3]"
	kind    string // identify, track, page, screen, group or alias
	message app.Message
}

// stored says whether the application wants the call. Screens are of apps, which its model knows nothing of.
func (c *call) stored() bool { return c.kind != "screen" }

// readCall makes a message of a call, or says which field is wrong. Common is the context that the calls of a batch share.
func readCall(o object, place, kind string, common object) (call, error) {
	f := fieldsOf(o, place)
	context := f.within("context")
	said := func(name string) fields { // by the call or, if it says nothing, by its batch
		if _, own := context.values[name]; own {
			return context.within(name)
		}
		return fields{common, "context", f.first}.within(name)
	}
	m := app.Message{ID: f.text("messageId"), User: f.text("userId"), Anonymous: f.text("anonymousId"), At: f.instant("timestamp")}
	switch kind {
	case "identify":
		m.Fields = person(f.within("traits"))
	case "group":
		m.Fields = company(f.within("traits"))
		m.Fields["account"] = f.owed("groupId")
	case "track":
		m.Kind = eventKind(f.owed("event"))
		m.Channel, m.Campaign = campaign(said("campaign"))
	case "page":
		m.Detail = path(f.within("properties"), said("page"))
		m.Kind = pageKind(m.Detail)
		m.Channel, m.Campaign = campaign(said("campaign"))
	case "alias":
		m.User, m.Anonymous = f.owed("userId"), f.owed("previousId")
	case "screen":
	default:
		f.wrong("type", "should be identify, track, page, screen, group or alias")
	}
	if m.User == "" && m.Anonymous == "" {
		f.wrong("userId", "is missing, and so is anonymousId: one of them is needed")
	}
	if m.ID == "" {
		m.ID = rand.Text() // as the specification has it; so it can't be recognised if it comes again
	}
	return call{place, kind, m}, f.err()
}

// person reads the traits of a person: those that have the names of a lead's fields, and what the specification writes otherwise.
func person(traits fields) map[string]string {
	values := map[string]string{}
	for _, name := range app.FieldNames {
		if name != "company" {
			traits.take(values, name, name)
		}
	}
	if _, there := values["name"]; !there {
		full := strings.TrimSpace(traits.text("firstName") + " " + traits.text("lastName"))
		if full != "" {
			values["name"] = full
		}
	}
	traits.optional("address").take(values, "country", "country")
	if _, nested := traits.values["company"].(object); !nested {
		traits.take(values, "company", "company")
		return values
	}
	for name, value := range company(traits.within("company")) {
		values[name] = value
	}
	return values
}

// company reads the traits of a company.
func company(traits fields) map[string]string {
	values := map[string]string{}
	traits.take(values, "company", "name")
	traits.take(values, "industry", "industry")
	traits.take(values, "employees", "employees")
	traits.take(values, "employees", "employee_count")
	traits.optional("address").take(values, "country", "country")
	return values
}

// optional is an object, or nothing if it is anything else.
func (f fields) optional(name string) fields {
	o, _ := f.values[name].(object)
	return fields{o, join(f.place, name), f.first}
}

// take reads a trait, if it is there, into a field. A number is taken as it is written; null takes the field away.
func (f fields) take(into map[string]string, field, trait string) {
	value, there := f.values[trait]
	if !there {
		return
	}
	if number, ok := value.(json.Number); ok {
		into[field] = number.String()
		return
	}
	into[field] = f.text(trait)
}

// eventKind is the kind of an activity for the name of an event.
func eventKind(event string) string {
	kind := strings.Join(strings.FieldsFunc(strings.ToLower(event), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "_")
	if known, ok := kinds[kind]; ok {
		return known
	}
	return kind
}

// pageKind is the kind of an activity for the path of a page.
func pageKind(path string) string {
	for _, page := range pages {
		if strings.Contains(strings.ToLower(path), page.part) {
			return page.kind
		}
	}
	return "visit"
}

// path is that of a page, without its query, which may hold an address or a token.
func path(properties, page fields) string {
	for _, f := range []fields{properties, page} {
		for _, name := range []string{"path", "url"} {
			text := f.text(name)
			if text == "" {
				continue
			}
			if u, err := url.Parse(text); err == nil {
				return cut(u.Path, maxPath)
			}
			f.wrong(name, "should be a path or an address")
		}
	}
	return ""
}

// maxPath is how much of a path is kept, in bytes.
const maxPath = 300

func cut(text string, most int) string {
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// campaign reads what a link has said of the marketing behind it (utm_medium and so on).
func campaign(c fields) (channel, name string) {
	medium, source := strings.ToLower(c.text("medium")), strings.ToLower(c.text("source"))
	name = c.text("name")
	switch channel = mediums[medium]; {
	case channel != "":
		return channel, name
	case medium != "":
		return medium, name
	}
	return source, name
}

// origin names, in the sender's words, the field of a call that the application does not take.
func (c *call) origin(field string) string {
	name := field
	trait, isTrait := strings.CutPrefix(field, "fields.")
	switch {
	case isTrait && c.kind == "group" && trait == "account":
		name = "groupId"
	case isTrait && c.kind == "group" && trait == "company":
		name = "traits.name"
	case isTrait:
		name = "traits." + trait
	case field == "anonymousId" && c.kind == "alias":
		name = "previousId"
	case field == "channel":
		name = "context.campaign.medium"
	case field == "campaign":
		name = "context.campaign.name"
	case field == "detail" || field == "event" && c.kind == "page":
		name = "properties.path"
	}
	return join(c.place, name)
}
