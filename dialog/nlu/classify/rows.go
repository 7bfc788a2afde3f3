package classify

import "gonum.org/v1/gonum/blas/gonum"

// What training and answering spend their time in: rows of a table, each as long as
// what they are added up to.

func axpy(a float32, x, y []float32) { gonum.Implementation{}.Saxpy(len(x), a, x, 1, y, 1) }

func dot(x, y []float32) float32 { return gonum.Implementation{}.Sdot(len(x), x, 1, y, 1) }

// sumRows adds to out the rows of table with the given ids, each times its value.
func sumRows(out, table []float32, ids []int32, values []float32) {
	for k, f := range ids {
		axpy(values[k], table[int(f)*len(out):][:len(out)], out)
	}
}

// moveRows adds row, each time times a value, to the rows of table with the given ids.
func moveRows(table []float32, ids []int32, values, row []float32) {
	for k, f := range ids {
		axpy(values[k], row, table[int(f)*len(row):][:len(row)])
	}
}
