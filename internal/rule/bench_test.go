package rule_test

import (
	"testing"

	"github.com/leadloop/leadloop/internal/rule"
)

func BenchmarkLeadCondition(b *testing.B) {
	c := mustCompiler(b)
	for name, text := range map[string]string{
		"equality": `Title == "VP Engineering"`,
		"named":    `Stage in ["mql", "sal"]`,
		"count":    `count(Activities, .Page == "/pricing" and .At > Now - duration("30d")) >= 1`,
	} {
		condition, err := c.LeadCondition(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			run, err := c.Begin(example())
			if err != nil {
				b.Fatal(err)
			}
			defer run.End()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := condition.True(run, 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkEval(b *testing.B) {
	c := mustCompiler(b)
	condition, err := c.LeadCondition(`Title == "VP Engineering"`)
	if err != nil {
		b.Fatal(err)
	}
	subject := example()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := condition.Eval(subject, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBeginRecord(b *testing.B) {
	c := recordCompiler(b)
	subject := &rule.Subject[record, record]{Lead: &record{"name": "Ann", "seats": 12, "revenue": 2.5}, Now: now}
	b.ReportAllocs()
	for b.Loop() {
		run, err := c.Begin(subject)
		if err != nil {
			b.Fatal(err)
		}
		run.End()
	}
}
