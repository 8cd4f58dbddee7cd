package app

import "errors"

type agreed struct{}
type books struct{}

// ErrProposal says that the proposal is no longer the one that was read.
var ErrProposal = errors.New("the proposal has changed since you read it, look again")
