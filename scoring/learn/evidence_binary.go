package learn

import (
	"encoding/binary"
	"maps"
	"slices"
)

// evidenceMagic begins all evidence that is written; the last byte is the version.
const evidenceMagic = "leadloop evidence\x01"

// MarshalBinary writes the evidence. The same counts, however they were gathered, give the
// same bytes. It never fails.
func (e *Evidence) MarshalBinary() ([]byte, error) {
	b := e.card.appendFingerprint([]byte(evidenceMagic))
	b = e.total.append(b)
	for i := range e.hits {
		b = e.hits[i].append(b)
	}
	b = binary.AppendUvarint(b, uint64(len(e.reasons)))
	for _, reason := range slices.Sorted(maps.Keys(e.reasons)) {
		b = append(binary.AppendUvarint(b, uint64(len(reason))), reason...)
		b = binary.AppendUvarint(b, uint64(e.reasons[reason]))
	}
	return b, nil
}

// UnmarshalBinary replaces the counts by those that were written of evidence for the same
// model, version and all; else it is [ErrOtherModel]. After an error nothing has changed.
func (e *Evidence) UnmarshalBinary(data []byte) error {
	r := binaryReader{rest: string(data)}
	if err := r.head(evidenceMagic, e.card); err != nil {
		return err
	}
	total := r.counts(counts{[2]int64{2 * mostOutcomes, 2 * mostOutcomes}, [2]int64{mostOutcomes, mostOutcomes}})
	r.bad = r.bad || total.judged[1] > total.positive[0] // only what was accepted is won or lost
	hits := make([]counts, len(e.hits))
	for i := range hits {
		hits[i] = r.counts(total)
	}
	n := r.number(int64(len(r.rest)))
	reasons := make(map[string]int64, min(n, 1<<10))
	before := ""
	for i := int64(0); i < n && !r.bad; i++ {
		reason := r.take(r.number(int64(len(r.rest))))
		count := r.number(mostOutcomes)
		r.bad = r.bad || count == 0 || reason <= before
		reasons[reason], before = count, reason
	}
	if r.bad || len(r.rest) > 0 {
		return ErrDamaged
	}
	e.total, e.hits, e.reasons = total, hits, reasons
	return nil
}

func (c *counts) append(b []byte) []byte {
	for i := range c.judged {
		b = binary.AppendUvarint(b, uint64(c.positive[i]))
		b = binary.AppendUvarint(b, uint64(c.judged[i]-c.positive[i]))
	}
	return b
}

// counts reads counts of a part of what whole holds.
func (r *binaryReader) counts(whole counts) (c counts) {
	for i := range c.judged {
		c.positive[i] = r.number(whole.positive[i])
		c.judged[i] = c.positive[i] + r.number(whole.judged[i]-whole.positive[i])
	}
	return c
}
