package api

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// plain makes a document what encoding/json would have made of it.
func plain(value any) any {
	switch value := value.(type) {
	case object:
		m := map[string]any{}
		for name, v := range value.values {
			m[name] = plain(v)
		}
		return m
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
	}
	return value
}

// FuzzParse holds the strict reader against encoding/json: what it takes is what that takes, and means the same; and no call panics or
// has an empty identity.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[1,2.5e3,true,null,"é\u00e9\ud800",{"b":{}}]}`, `{"a":1,"a":2}`, `[1]`, `{"a":1} x`, "{\"a\":\"\xff\"}", `{"a":"\u0000"}`, `{"a":1,}`, `{"":""}`,
		`{"type":"page","userId":"u","properties":{"url":"https://x/y?z"},"context":{"campaign":{"medium":"cpc"}}}`,
		`{"type":"identify","userId":"u","traits":{"company":{"name":"c"},"employees":3,"address":{"country":"DE"}}}`,
		strings.Repeat(`{"a":`, 33) + `1` + strings.Repeat(`}`, 33),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, err := parse(body)
		var want map[string]any
		d := json.NewDecoder(strings.NewReader(string(body)))
		d.UseNumber()
		reference := d.Decode(&want)
		if err != nil {
			var p *Problem
			if !errors.As(err, &p) || p.Field == "" || p.Text == "" || !utf8.ValidString(p.Field) {
				t.Fatalf("%q: the error %v names no field", body, err)
			}
			return
		}
		if reference != nil {
			t.Fatalf("%q is taken, and encoding/json says %v", body, reference)
		}
		if got := plain(o); !reflect.DeepEqual(got, want) {
			t.Fatalf("%q is read as %v, want %v", body, got, want)
		}
		if o.size > len(body) || o.size < 2 {
			t.Fatalf("%q has size %d", body, o.size)
		}
		for _, kind := range []string{"identify", "track", "page", "screen", "group", "alias", "?"} {
			c, err := readCall(o, "batch[0]", kind, o)
			if err != nil {
				var p *Problem
				if !errors.As(err, &p) || !strings.HasPrefix(p.Field, "batch[0].") && !strings.HasPrefix(p.Field, "context") {
					t.Fatalf("%q as %s: %v names no field", body, kind, err)
				}
			} else if c.message.User == "" && c.message.Anonymous == "" || c.message.ID == "" {
				t.Fatalf("%q as %s is %+v", body, kind, c.message)
			}
		}
	})
}
