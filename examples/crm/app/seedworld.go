package app

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A person is a made-up visitor.
type person struct {
	created time.Time
	fields  map[string]string
	channel channel
	quality int // 0 to 100: how likely it is to buy; nobody but the simulation knows
	visits  int
	hidden  bool // never tells who it is
	late    bool // came in just now: nobody has had the time to answer
	lead    string
	mails   int
}

// A channel is what money is spent on.
type channel struct {
	name, campaign string
	weight         int
	low, high      int64 // cost of a touch, in cents
	kind           string
	quality        int
}

var channels = []channel{
	{"paid search", "generic", 20, 900, 2300, "ad_click", 0},
	{"paid search", "brand", 10, 250, 600, "ad_click", 12},
	{"paid social", "lead forms", 14, 2000, 4000, "ad_click", -12},
	{"organic search", "blog", 20, 0, 0, "visit", -2},
	{"organic search", "comparison pages", 9, 0, 0, "visit", 10},
	{"webinar", "monthly demo", 8, 2500, 4500, "webinar", 6},
	{"event", "spring fair", 6, 21000, 34000, "booth", 6},
	{"email", "newsletter", 6, 8, 20, "email_click", 0},
	{"referral", "partners", 6, 6000, 14000, "visit", 18},
	{"content syndication", "e-book library", 8, 5500, 9000, "ebook", -18},
	{"direct", "", 6, 0, 0, "visit", 4},
}

// band is a value of a field, how often it comes, and what it tells of the quality.
type band struct {
	value           string
	weight, quality int
}

var (
	industries = []band{{"software", 24, 10}, {"manufacturing", 20, 8}, {"finance", 14, 4}, {"retail", 14, -4}, {"healthcare", 11, 0}, {"education", 9, -12}, {"public sector", 8, -10}}
	countries  = []band{{"DE", 40, 4}, {"AT", 9, 2}, {"CH", 9, 2}, {"NL", 11, 2}, {"FR", 12, 0}, {"UK", 14, 0}, {"US", 5, -12}}
	// In truth chief officers click and do not buy: the scoring model believes otherwise, and feedback has to find out.
	seniorities = []band{{"chief", 16, -16}, {"vice president", 9, 2}, {"director", 17, 10}, {"manager", 28, 7}, {"specialist", 24, -6}, {"", 6, -6}}
	sizes       = []band{{"12", 12, -10}, {"35", 14, -8}, {"80", 18, 5}, {"180", 18, 5}, {"450", 14, 9}, {"900", 10, 9}, {"2400", 8, 0}, {"12000", 6, -2}}

	givenNames  = []string{"Lena", "Jonas", "Mia", "Paul", "Sara", "Noah", "Ida", "Emil", "Nora", "Max", "Eva", "Leon", "Julia", "Tim", "Laura", "Felix", "Marie", "Oskar", "Hanna", "Erik"}
	familyNames = []string{"Bauer", "Keller", "de Vries", "Lang", "Moreau", "Winter", "Brandt", "Jansen", "Vogel", "Smith", "Roth", "Novak", "Berger", "Taylor", "Haas", "Dubois", "Krause", "Lindner", "Meyer", "Sommer"}
	firmNames   = []string{"Nordwerk", "Alpina", "Kernel", "Morgenrot", "Delta", "Hanse", "Quadrat", "Lumen", "Rheintal", "Pixel", "Falke", "Orion", "Terra", "Vektor", "Helio", "Brücke"}
	firmKinds   = []string{"GmbH", "AG", "Systems", "Group", "BV", "Logistik", "Labs", "Partners"}
)

func weightOf(b band) int { return b.weight }

// person makes one up. One in ten came in the last days, so that some are being worked on, and one in eight in the last hours, so that there are
// open offers to be seen to.
func (s *simulation) person(i, all int) person {
	size, industry, country, rank := pick(s, sizes, weightOf), pick(s, industries, weightOf), pick(s, countries, weightOf), pick(s, seniorities, weightOf)
	p := person{channel: pick(s, channels, func(c channel) int { return c.weight }), late: i >= all-all/8}
	given, family := givenNames[s.rand.IntN(len(givenNames))], familyNames[s.rand.IntN(len(familyNames))]
	firm := firmNames[s.rand.IntN(len(firmNames))]
	p.fields = map[string]string{
		"name": given + " " + family, "company": firm + " " + firmKinds[s.rand.IntN(len(firmKinds))], "industry": industry.value, "country": country.value,
		"employees": size.value, "email": fmt.Sprintf("lead%d@%s.example", i+1, map[bool]string{true: "firm", false: "company"}[i%2 == 0]),
	}
	if i%3 == 0 { // of whom the sender knows the account
		p.fields["account"] = strings.ReplaceAll(strings.ToLower(p.fields["company"]), " ", "-")
	}
	if rank.value != "" {
		p.fields["seniority"] = rank.value
	}
	if s.chance(60) {
		p.fields["phone"] = "+49 30 555" + strconv.Itoa(1000+i%9000)
	}
	if s.chance(9) {
		p.fields["email"] = fmt.Sprintf("lead%d@gmail.com", i+1)
	}
	p.quality = min(98, max(2, 42+size.quality+industry.quality+country.quality+rank.quality+p.channel.quality+s.rand.IntN(40)-14))
	p.hidden = s.chance(10)
	p.visits = 1 + s.rand.IntN(2+p.quality/18)
	p.created = s.start.Add(time.Duration(s.rand.Int64N(int64(s.end.Sub(s.start)) * 97 / 100)))
	if i >= all-all/8-all/10 {
		p.created, p.visits, p.hidden = s.end.Add(-s.span(8*time.Hour, 6*24*time.Hour)), 1, false
	}
	if p.late {
		p.created, p.visits, p.hidden = s.end.Add(-s.span(10*time.Minute, 7*time.Hour)), 1, false
	}
	return p
}

// steps are what people do within a visit, by how often: those who will not buy, and those who may.
var steps = []struct {
	kind             string
	idle, interested int
}{
	{"visit", 50, 34}, {"pricing_view", 6, 22}, {"ebook", 12, 8}, {"webinar", 6, 6}, {"email_open", 20, 10}, {"trial", 2, 8}, {"demo_request", 1, 10}, {"careers_view", 3, 0},
}

// messages are what a visit sends.
func (s *simulation) messages(p *person, i, number int) []Message {
	c := p.channel
	if number > 0 {
		c = pick(s, channels, func(c channel) int { return c.weight })
	}
	batch := []Message{s.message(p, i, number, 0, c.kind)}
	batch[0].Channel, batch[0].Campaign, batch[0].Cost = c.name, c.campaign, c.low
	if c.high > c.low {
		batch[0].Cost += s.rand.Int64N(c.high - c.low)
	}
	many := 2 + s.rand.IntN(5)
	if p.late {
		many = 8
	}
	for k := 1; k <= many; k++ {
		step := pick(s, steps, func(x struct {
			kind             string
			idle, interested int
		}) int {
			return (x.idle*(100-p.quality) + x.interested*p.quality + 99) / 100
		})
		batch = append(batch, s.message(p, i, number, k, step.kind))
	}
	if !p.hidden { // tells who it is at the end of the first visit
		batch[len(batch)-1].Fields, batch[len(batch)-1].User = p.fields, fmt.Sprintf("user-%d", i+1)
	}
	return batch
}

func (s *simulation) message(p *person, i, visit, step int, kind string) Message {
	return Message{
		ID: fmt.Sprintf("seed-%d-%d-%d", i+1, visit, step), Anonymous: fmt.Sprintf("visitor-%d", i+1), At: s.now.Add(time.Duration(step-8) * time.Minute), Kind: kind,
	}
}

// mail is a mail of a nurture track to which the person responds; some come back with a demo request.
func (s *simulation) mail(ctx context.Context, i int, at time.Time) error {
	p := &s.people[i]
	id := fmt.Sprintf("seed-mail-%d-%d-%d", i+1, p.mails, at.Unix())
	batch := []Message{{ID: id, User: fmt.Sprintf("user-%d", i+1), At: at, Kind: "email_click", Channel: "email", Campaign: "nurture", Cost: 25}}
	if s.chance(p.quality / 3) {
		batch = append(batch, Message{ID: id + "-demo", User: batch[0].User, At: at, Kind: "demo_request"})
	}
	if _, err := s.app.Ingest(ctx, batch); err != nil {
		return err
	}
	s.nurture(i, at)
	return nil
}
