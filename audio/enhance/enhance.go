// Package enhance is what is done to a caller's sound before anyone listens to it: a
// [Guard] keeps the agent's own voice that comes back from being taken for the
// caller's, [Level] brings speech to the level on which recognisers are trained, and
// [Denoise] lowers steady noise. It decides nothing about turns.
//
// A guard keeps state and is for the media loop; the rest are functions of a stretch
// of sound.
package enhance
