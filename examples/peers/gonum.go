package main

import "gonum.org/v1/gonum/mat"

func solveByGonum(a [][]float64, b []float64) []float64 {
	n := len(b)
	m := mat.NewDense(n, n, nil)
	for i, row := range a {
		m.SetRow(i, row)
	}
	var x mat.VecDense
	if err := x.SolveVec(m, mat.NewVecDense(n, b)); err != nil {
		panic(err)
	}
	return x.RawVector().Data
}
