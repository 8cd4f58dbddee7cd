package webhook

// Sign is for tests that forge what only a sender can sign.
var Sign = Secret.sign
