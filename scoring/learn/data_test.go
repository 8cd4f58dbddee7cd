package learn_test

import (
	"encoding/csv"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leadloop/leadloop/scoring"
	"github.com/leadloop/leadloop/scoring/learn"
)

// Real leads are not part of the repository. Tests that need them look for them in the folder that this variable names, or
// else next to the checkout, and are skipped where there are none.
const dataVariable = "LEADLOOP_DATA"

var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// leadsFile is a file of leads with their outcomes.
type leadsFile struct {
	file, outcome, positive string
	drop                    []string
}

var (
	bank       = leadsFile{"bank_market.csv", "y", "yes", []string{"Cust_num", "duration"}}
	xEducation = leadsFile{"leads_x_education.csv", "Converted", "1", strings.Split("Prospect ID,Lead Number,Tags,Lead Quality,Lead Profile,"+
		"Last Activity,Last Notable Activity,Asymmetrique Activity Index,Asymmetrique Profile Index,Asymmetrique Activity Score,Asymmetrique Profile Score", ",")}
)

// lead is one row of a file.
type lead struct {
	record   scoring.Record
	positive bool
	part     int // FNV-1a of the row's index, modulo 10: 0 to 5 to train, 6 and 7 to calibrate, 8 and 9 to test
}

// read gives the columns and the leads of a file. Columns of which all cells are numbers are numbers.
func (f leadsFile) read(t testing.TB) ([]learn.Column, []lead) {
	t.Helper()
	dir := os.Getenv(dataVariable)
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(dir, f.file))
	if err != nil {
		t.Skipf("no real leads: set %s to the folder of %s", dataVariable, f.file)
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	leads := make([]lead, len(rows)-1)
	for i := range leads {
		h := fnv.New32a()
		h.Write([]byte(strconv.Itoa(i)))
		leads[i] = lead{record: scoring.Record{}, part: int(h.Sum32() % 10)}
	}
	var columns []learn.Column
	for at, header := range rows[0] {
		if header == f.outcome {
			for i, row := range rows[1:] {
				leads[i].positive = row[at] == f.positive
			}
			continue
		}
		if contains(f.drop, header) {
			continue
		}
		column := learn.Column{Name: strings.Map(letter, header), Type: scoring.Number}
		for _, row := range rows[1:] {
			if _, err := strconv.ParseFloat(row[at], 64); err != nil && row[at] != "" {
				column.Type = scoring.Text
				break
			}
		}
		columns = append(columns, column)
		for i, row := range rows[1:] {
			switch x, _ := strconv.ParseFloat(row[at], 64); {
			case row[at] == "":
			case column.Type == scoring.Text:
				leads[i].record[column.Name] = row[at]
			default:
				leads[i].record[column.Name] = x
			}
		}
	}
	return columns, leads
}

func contains(list []string, text string) bool {
	for _, one := range list {
		if one == text {
			return true
		}
	}
	return false
}

func letter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
		return r
	}
	return '_'
}
