package table

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// isMissing reports whether a field says that there is no value, in the words of pandas, R, SQL and spreadsheets.
func isMissing(field string) bool {
	switch strings.ToLower(field) {
	case "", "nan", "-nan", "na", "n/a", "<na>", "#n/a", "#n/a n/a", "#na", "null", "none", "nil", "-1.#ind", "1.#ind", "-1.#qnan", "1.#qnan":
		return true
	}
	return false
}

// numbers reads the numbers of a table, which have one decimal sign.
type numbers struct {
	sign     string  // comma or point if the user said so, otherwise empty
	comma    example // the first number with a comma
	point    example // likewise
	doubtful bool    // every number with a comma may have it between thousands
}

// example is where a number is.
type example struct {
	line         int // 0: there is none
	column, text string
}

func (e example) String() string {
	return fmt.Sprintf("line %d, column %s: %s", e.line, quoted(e.column), quoted(e.text))
}

const wantNumber = "a number, or nothing where the response is missing"

// thousands matches what may be a whole number with a comma between its thousands. After a zero it is none.
var thousands = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)

// read returns the value of a field, NaN if it is missing. If it is no number, read returns what is wanted.
func (n *numbers) read(field, column string, line int) (v float64, want string) {
	if isMissing(field) {
		return math.NaN(), ""
	}
	comma, point := strings.IndexByte(field, ','), strings.IndexByte(field, '.')
	at := example{line, column, field}
	switch {
	case comma >= 0 && point >= 0:
		return 0, "a number without signs between thousands"
	case comma >= 0 && n.sign == "point":
		return 0, "a number with a decimal point"
	case point >= 0 && n.sign == "comma":
		return 0, "a number with a decimal comma"
	case comma >= 0:
		if !thousands.MatchString(field) {
			n.doubtful = false
		} else if n.comma.line == 0 {
			n.doubtful = true
		}
		if n.comma.line == 0 {
			n.comma = at
		}
		field = strings.Replace(field, ",", ".", 1)
	case point >= 0 && n.point.line == 0:
		n.point = at
	}
	for _, r := range []byte(field) {
		if r < '0' || r > '9' {
			switch r {
			case '+', '-', '.', 'e', 'E':
			default:
				return 0, wantNumber
			}
		}
	}
	v, err := strconv.ParseFloat(field, 32)
	if err != nil || math.IsInf(v, 0) {
		return 0, wantNumber
	}
	return v, ""
}

// settle returns an error if it is not clear what commas mean.
func (n *numbers) settle() error {
	switch {
	case n.sign != "" || n.comma.line == 0:
		return nil
	case n.point.line > 0:
		return fmt.Errorf("%v has a comma and %v a point, want one decimal sign", n.comma, n.point)
	case n.doubtful:
		return fmt.Errorf("%v: a decimal comma, or one between thousands? The option decimal=comma says the first, otherwise take them out", n.comma)
	}
	return nil
}
