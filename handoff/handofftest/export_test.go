package handofftest

// Laws lists the names of the laws.
func Laws() (names []string) {
	for _, l := range laws {
		names = append(names, l.name)
	}
	return names
}

// RoundTrip tells the long story.
func RoundTrip(create func() Store) *Failure { return laws[len(laws)-1].hold(create) }
