package handofftest

// Laws lists the names of the laws.
func Laws() (names []string) {
	for _, l := range laws {
		names = append(names, l.name)
	}
	return names
}

// Hold holds a store against one law.
func Hold(law string, create func() Store) (failures []Failure) {
	for _, l := range laws {
		if l.name != law {
			continue
		}
		if f := l.hold(create); f != nil {
			failures = append(failures, *f)
		}
	}
	return failures
}
