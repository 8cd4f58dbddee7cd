package funnel

import (
	"fmt"
	"slices"
)

// A component is a set of stages among which leads may circle without a new round, or without a limit of rounds.
type component struct {
	stages []int // in the definition's order, at least two
	back   *step // the first that leads to an earlier stage
	trap   bool  // leads never leave it
}

// components finds the cycles of the walk. A cycle that exists in several rounds is told once.
func (w *walk) components() (found []component) {
	told := map[string]bool{}
	of := w.connected()
	members := map[int][]int32{}
	var order []int
	for id, c := range of {
		if members[c] == nil {
			order = append(order, c)
		}
		members[c] = append(members[c], int32(id))
	}
	for _, c := range order {
		if len(members[c]) < 2 {
			continue
		}
		result := component{trap: true}
		inside := map[int]bool{}
		for _, id := range members[c] {
			inside[w.standings[id].stage] = true
			if w.standings[id].ends || slices.ContainsFunc(w.next[id], func(n int32) bool { return of[n] != c }) {
				result.trap = false
			}
		}
		if len(inside) < 2 {
			continue
		}
		for stage := range w.definition.Stages {
			if inside[stage] {
				result.stages = append(result.stages, stage)
			}
		}
		for _, s := range w.steps {
			if inside[s.from] && inside[s.to] && s.to < s.from && s.taken && (s.release == "" || !w.capped) {
				result.back = s
				break
			}
		}
		key := fmt.Sprint(result.stages, result.trap)
		if !told[key] {
			told[key] = true
			found = append(found, result)
		}
	}
	return found
}

// connected numbers the strongly connected components of the walk by Tarjan's algorithm ("Depth-first search and linear
// graph algorithms", SIAM Journal on Computing 1, 1972), without recursion, as a walk may be long.
func (w *walk) connected() []int {
	n := len(w.standings)
	of, low, number := make([]int, n), make([]int, n), make([]int, n)
	var stack []int32 // standings whose component is not known yet
	type frame struct {
		id   int32
		edge int
	}
	var path []frame
	count, components := 0, 0
	open := func(id int32) {
		count++
		number[id], low[id] = count, count
		stack = append(stack, id)
		path = append(path, frame{id: id})
	}
	open(0) // every standing was reached from the first
	for len(path) > 0 {
		top := &path[len(path)-1]
		id := top.id
		if top.edge < len(w.next[id]) {
			n := w.next[id][top.edge]
			top.edge++
			switch {
			case number[n] == 0:
				open(n)
			case of[n] == 0:
				low[id] = min(low[id], number[n])
			}
			continue
		}
		path = path[:len(path)-1]
		if len(path) > 0 {
			parent := path[len(path)-1].id
			low[parent] = min(low[parent], low[id])
		}
		if low[id] == number[id] {
			components++
			for {
				last := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				of[last] = components
				if last == id {
					break
				}
			}
		}
	}
	return of
}
