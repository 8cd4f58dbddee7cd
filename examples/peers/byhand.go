package main

import (
	"regexp"
	"strings"
	"time"
)

var (
	chiefs    = regexp.MustCompile(`(?i)chief|vp|head`)
	officers  = regexp.MustCompile(`(?i)^(cto|ceo|cfo|coo)\b`)
	directors = regexp.MustCompile(`(?i)(director|manager)`)
)

// scoreByHand is the fifty rules as one writes them without thinking of speed:
// regular expressions, and a pass over the activities for each rule.
func scoreByHand(l *lead, m *[50]bool) int {
	m[0], m[1], m[2] = chiefs.MatchString(l.Title), officers.MatchString(l.Title), directors.MatchString(l.Title)
	leadByHand(l, m)
	week, month, day, sixty := l.Now.Add(-168*time.Hour), l.Now.Add(-720*time.Hour), l.Now.Add(-24*time.Hour), l.Now.Add(-1440*time.Hour)
	count := func(f func(*activity) bool) (n int) {
		for i := range l.Activities {
			if f(&l.Activities[i]) {
				n++
			}
		}
		return n
	}
	some := func(f func(*activity) bool) bool {
		for i := range l.Activities {
			if f(&l.Activities[i]) {
				return true
			}
		}
		return false
	}
	m[34] = count(func(a *activity) bool { return a.Kind == "webinar" }) >= 2
	m[35] = some(func(a *activity) bool { return a.Kind == "pricing_page" && a.At.After(week) })
	m[36] = count(func(a *activity) bool { return a.Kind == "email_open" && a.At.After(month) }) >= 3
	m[37] = some(func(a *activity) bool { return a.Kind == "email_click" })
	m[38] = some(func(a *activity) bool { return a.Kind == "demo_request" })
	m[39] = !some(func(a *activity) bool { return a.Kind == "unsubscribe" })
	m[40] = count(func(a *activity) bool { return a.Kind == "page_view" }) > 5
	m[41] = some(func(a *activity) bool { return a.Kind == "page_view" && strings.Contains(a.Page, "/pricing") })
	m[42] = some(func(a *activity) bool { return a.Kind == "page_view" && strings.HasPrefix(a.Page, "/docs") })
	m[43] = some(func(a *activity) bool { return a.At.After(day) })
	m[44] = count(func(a *activity) bool { return a.At.After(week) }) >= 5
	m[45] = some(func(a *activity) bool { return a.Kind == "form_submit" && a.Page == "/contact" })
	m[46] = some(func(a *activity) bool { return a.Kind == "call" && a.Duration >= 300 })
	m[47] = count(func(a *activity) bool { return a.Value > 50 }) >= 2
	m[48] = !some(func(a *activity) bool { return a.Channel == "spam" })
	m[49] = len(l.Activities) == 0 || !some(func(a *activity) bool { return a.At.After(sixty) })
	return sumByHand(m)
}

func leadByHand(l *lead, m *[50]bool) {
	m[3] = strings.Contains(l.Title, "Engineer")
	m[4] = l.Industry == "software" || l.Industry == "fintech"
	m[5] = l.Industry == "gambling" || l.Industry == "tobacco"
	m[6] = l.Industry == "healthcare"
	m[7] = l.Country == "DE"
	m[8] = l.Country == "US" || l.Country == "CA"
	m[9] = l.Country == "DE" || l.Country == "AT" || l.Country == "CH"
	m[10] = l.Country == "IN" && l.Employees >= 1000
	m[11] = l.Employees >= 200 && l.Employees < 5000
	m[12] = l.Employees >= 5000
	m[13] = l.Employees < 10
	m[14] = l.Revenue > 1000000
	m[15] = l.Revenue > 50000000 && l.Employees >= 200
	m[16] = strings.HasSuffix(l.Domain, ".edu")
	m[17] = l.Domain == "gmail.com" || l.Domain == "yahoo.com" || l.Domain == "hotmail.com"
	m[18] = strings.HasSuffix(l.Email, "@gmail.com")
	m[19] = !strings.Contains(l.Email, "+")
	m[20] = l.OptedIn
	m[21] = l.Source == "referral"
	m[22] = (l.Source == "webinar" || l.Source == "event") && l.OptedIn
	m[23] = l.Stage == "mql" || l.Stage == "sql"
	m[24] = l.Phone != nil
	m[25] = l.Phone != nil && strings.HasPrefix(*l.Phone, "+49")
	m[26] = l.Budget != nil && *l.Budget >= 10000
	m[27] = l.LinkedIn == nil
	m[28] = false
	for _, tag := range l.Tags {
		if tag == "enterprise" {
			m[28] = true
			break
		}
	}
	m[29] = len(l.Tags) >= 3
	m[30] = l.CreatedAt.After(l.Now.Add(-720 * time.Hour))
	m[31] = l.LastSeen.Before(l.Now.Add(-2160 * time.Hour))
	m[32] = l.Founded >= 2015 && l.Employees < 50
	m[33] = l.Company != "" && len(l.City) > 0 && l.Owner == ""
}

func sumByHand(m *[50]bool) (sum int) {
	for i := range m {
		if m[i] {
			sum += 3 + i%9
		}
	}
	return sum
}

// scoreByExpert is the fifty rules by one who thinks of nothing but speed: no
// regular expression, and one pass over the activities.
func scoreByExpert(l *lead, m *[50]bool) int {
	m[0] = holdsFolded(l.Title, "chief") || holdsFolded(l.Title, "vp") || holdsFolded(l.Title, "head")
	m[1] = isOfficer(l.Title)
	m[2] = holdsFolded(l.Title, "director") || holdsFolded(l.Title, "manager")
	leadByHand(l, m)
	week, month, day, sixty := l.Now.Add(-168*time.Hour), l.Now.Add(-720*time.Hour), l.Now.Add(-24*time.Hour), l.Now.Add(-1440*time.Hour)
	var webinars, opens, views, inWeek, dear int
	var pricing, click, demo, unsubscribed, viewedPricing, viewedDocs, today, form, call, spam, recent bool
	for i := range l.Activities {
		a := &l.Activities[i]
		thisWeek := false
		if a.At.After(sixty) {
			recent = true
			if a.At.After(week) {
				thisWeek = true
				inWeek++
				if a.At.After(day) {
					today = true
				}
			}
		}
		switch a.Kind {
		case "webinar":
			webinars++
		case "pricing_page":
			pricing = pricing || thisWeek
		case "email_open":
			if a.At.After(month) {
				opens++
			}
		case "email_click":
			click = true
		case "demo_request":
			demo = true
		case "unsubscribe":
			unsubscribed = true
		case "page_view":
			views++
			viewedPricing = viewedPricing || strings.Contains(a.Page, "/pricing")
			viewedDocs = viewedDocs || strings.HasPrefix(a.Page, "/docs")
		case "form_submit":
			form = form || a.Page == "/contact"
		case "call":
			call = call || a.Duration >= 300
		}
		if a.Value > 50 {
			dear++
		}
		if a.Channel == "spam" {
			spam = true
		}
	}
	m[34], m[35], m[36], m[37], m[38], m[39] = webinars >= 2, pricing, opens >= 3, click, demo, !unsubscribed
	m[40], m[41], m[42], m[43], m[44], m[45] = views > 5, viewedPricing, viewedDocs, today, inWeek >= 5, form
	m[46], m[47], m[48], m[49] = call, dear >= 2, !spam, len(l.Activities) == 0 || !recent
	return sumByHand(m)
}

// holdsFolded looks for ASCII letters in small ones, whatever their case in the text.
func holdsFolded(s, letters string) bool {
	for i := 0; i+len(letters) <= len(s); i++ {
		if s[i]|0x20 == letters[0] {
			j := 1
			for j < len(letters) && s[i+j]|0x20 == letters[j] {
				j++
			}
			if j == len(letters) {
				return true
			}
		}
	}
	return false
}

func isOfficer(title string) bool {
	if len(title) < 3 || title[0]|0x20 != 'c' || title[2]|0x20 != 'o' || len(title) > 3 && isWord(title[3]) {
		return false
	}
	switch title[1] | 0x20 {
	case 't', 'e', 'f', 'o':
		return true
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
