package scoring

import (
	"slices"
	"strings"
	"unicode"
)

// special lists the categories of Article 9(1) of the GDPR and how fields that
// hold them are called, in English and German. A word stands for itself
// anywhere in a name, words for a sequence of them, and =word for a name that
// is nothing else: a health score is a customer's, health is a person's.
var special = []struct{ category, names string }{
	{"religion or belief", "religion,religions,religious,religious affiliation,creed,philosophical belief,=faith,=belief,=beliefs,=church," +
		"konfession,religionszugehoerigkeit,religionsgemeinschaft,kirchenzugehoerigkeit,kirchensteuer,kirchensteuermerkmal,glaubensbekenntnis,weltanschauung,=glaube"},
	{"racial or ethnic origin", "ethnicity,ethnic,ethnicities,racial,skin color,skin colour,=race," +
		"ethnie,ethnisch,ethnische,hautfarbe,=rasse,rassische"},
	{"political opinion", "political opinion,political opinions,political view,political views,political party,political affiliation,political leaning,party affiliation,party member,party membership,=politics,=political," +
		"politische meinung,politische gesinnung,politische einstellung,parteizugehoerigkeit,parteimitglied,parteimitgliedschaft,=partei"},
	{"trade union membership", "trade union,trade unions,labor union,labour union,union member,union membership,unionized,unionised,=union," +
		"gewerkschaft,gewerkschaftsmitglied,gewerkschaftszugehoerigkeit,gewerkschaftsmitgliedschaft"},
	{"health", "medical condition,medical conditions,medical history,medical record,medical records,medical diagnosis,health condition,health conditions,health data,health record,health records,health insurance number," +
		"illness,illnesses,disease,diseases,disability,disabilities,pregnant,pregnancy,blood type,blood group,hiv,sick leave,=health,=diagnosis,=medication,=medications,=allergies," +
		"gesundheitszustand,gesundheitsdaten,krankheit,krankheiten,vorerkrankung,vorerkrankungen,krankenstand,krankmeldung,behinderung,behinderungsgrad,schwerbehindert,schwerbehinderung,schwanger,schwangerschaft,blutgruppe,=gesundheit,=diagnose"},
	{"sex life or sexual orientation", "sexual orientation,sexual preference,sexuality,sex life,homosexual,bisexual,=gay,=lesbian,=sexual," +
		"sexualitaet,sexualleben,sexuelle orientierung,sexuelle ausrichtung,homosexuell,bisexuell"},
	{"genetic data", "genetic data,genetic test,genetic tests,genetic profile,genetic risk,genetic marker,dna profile,dna sample,dna test,=genetic,=genetics,=dna,=genome," +
		"genetisch,genetische,gentest,erbkrankheit"},
	{"biometric data", "biometric,biometrics,iris scan,retina scan,face scan,facial recognition,voiceprint,voice print," +
		"biometrie,biometrisch,biometrische,fingerabdruck,fingerabdruecke"},
}

// specialCategory gives the category that a field's name stands for; empty if none.
func specialCategory(name string) string {
	words := wordsOf(name)
	text := strings.ReplaceAll(" "+strings.Join(words, " ")+" ", " credit union ", " bank ")
	for _, s := range special {
		for one := range strings.SplitSeq(s.names, ",") {
			alone, whole := strings.CutPrefix(one, "=")
			if whole && len(words) == 1 && words[0] == alone || !whole && strings.Contains(text, " "+one+" ") {
				return s.category
			}
		}
	}
	return ""
}

// wordsOf splits a name where its words begin: BloodType, blood_type, hasHIV2.
func wordsOf(name string) []string {
	var words []string
	runes := []rune(name)
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, plain(string(word)))
		}
		word = nil
	}
	for i, r := range runes {
		upper := unicode.IsUpper(r)
		after := i > 0 && unicode.IsLower(runes[i-1])
		before := i > 0 && unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if !unicode.IsLetter(r) || upper && (after || before) {
			end()
		}
		if unicode.IsLetter(r) {
			word = append(word, r)
		}
	}
	end()
	if len(words) > 1 && slices.Contains([]string{"is", "has", "hat", "ist"}, words[0]) {
		words = words[1:]
	}
	return words
}

// plain writes a word in small letters, umlauts as two.
func plain(word string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss").Replace(strings.ToLower(word))
}
