package table_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"
)

// utf16Text encodes text without a byte order mark.
func utf16Text(text string, order binary.ByteOrder) string {
	var b bytes.Buffer
	for _, unit := range utf16.Encode([]rune(text)) {
		binary.Write(&b, order, unit) //nolint:errcheck // into memory
	}
	return b.String()
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text)) //nolint:errcheck // into memory
	w.Close()
	return b.String()
}

// plain is a table of two neurons, as a program writes it; the other forms below say the same.
const plain = "image,split,repeat,a,b\np00.png,train,0,1.5,-2\np01.png,train,0,0.25,3\np02.png,val,0,,1e-3\np03.png,test,0,7,8\np03.png,test,1,9,10.5\n"

func replaced(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(plain) }

// Forms in which spreadsheets and statistics programs save a table.
func TestDialects(t *testing.T) {
	semicolons := strings.ReplaceAll(plain, ",", ";")
	german := strings.ReplaceAll(semicolons, ".5", ",5")
	german = strings.ReplaceAll(german, "0.25", "0,25")
	quoted := `"` + strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(plain, "\n"), ",", `","`), "\n", "\"\n\"") + "\"\n"
	for name, content := range map[string]string{
		"plain":                     plain,
		"quoted":                    quoted,
		"mark":                      "\ufeff" + plain,
		"mark and quotes":           "\ufeff" + quoted,
		"Windows line ends":         strings.ReplaceAll(plain, "\n", "\r\n"),
		"line ends of old Macs":     strings.ReplaceAll(plain, "\n", "\r"),
		"no last line end":          strings.TrimSuffix(plain, "\n"),
		"semicolons":                semicolons,
		"tabs":                      strings.ReplaceAll(plain, ",", "\t"),
		"bars":                      strings.ReplaceAll(plain, ",", "|"),
		"decimal commas":            german,
		"decimal commas and tabs":   strings.ReplaceAll(german, ";", "\t"),
		"decimal commas in quotes":  replaced("1.5", `"1,5"`, "0.25", `"0,25"`, "10.5", `"10,5"`),
		"decimal comma, repeat 0,0": strings.ReplaceAll(german, ";0;", ";0,0;"),
		"separator named":           "sep=;\n" + semicolons,
		"separator named, Windows":  "sep=;\r\n" + strings.ReplaceAll(semicolons, "\n", "\r\n"),
		"separator named in quotes": "\"sep=;\"\n" + semicolons,
		"mark, separator named":     "\ufeffSEP=;\n" + semicolons,
		"UTF-16 with mark":          "\xff\xfe" + utf16Text(plain, binary.LittleEndian),
		"UTF-16 with mark, big":     "\xfe\xff" + utf16Text(plain, binary.BigEndian),
		"UTF-16 without mark":       utf16Text(plain, binary.LittleEndian),
		"UTF-16 without mark, big":  utf16Text(plain, binary.BigEndian),
		"UTF-16, tabs, as Excel":    "\xff\xfe" + utf16Text(strings.ReplaceAll(strings.ReplaceAll(german, ";", "\t"), "\n", "\r\n"), binary.LittleEndian),
		"gzip":                      gzipped(plain),
		"gzip of UTF-16":            gzipped("\xff\xfe" + utf16Text(german, binary.LittleEndian)),
		"missing is NA":             replaced(",,", ",NA,"),
		"missing is N/A":            replaced(",,", ",N/A,"),
		"missing is null":           replaced(",,", ",null,"),
		"missing is NULL":           replaced(",,", ",NULL,"),
		"missing is None":           replaced(",,", ",None,"),
		"missing is NaN":            replaced(",,", ",NaN,"),
		"missing is <NA>":           replaced(",,", ",<NA>,"),
		"missing is #N/A":           replaced(",,", ",#N/A,"),
		"missing is blanks":         replaced(",,", ",  ,"),
		"repeat as 0.0":             replaced(",0,", ",0.0,", ",1,9", ",1.0,9"),
		"repeat only for the test":  replaced("train,0", "train,", "val,0", "val,NA", "test,0,", "test,0.0,", "test,1,", "test,1.0,"),
		"repeats not numbered":      replaced(",0,", ",,", ",1,9", ",,9"),
		"empty last lines":          plain + "\n\n",
		"empty last rows":           plain + ",,,,\n,,,,\n",
		"empty last rows, blanks":   plain + " , , , , \n",
		"empty last rows, short":    plain + ",\n",
		"empty first lines":         "\n\n" + plain,
		"empty columns behind":      strings.ReplaceAll(plain, "\n", ",,\n"),
		"separator at the ends":     strings.ReplaceAll(plain, "\n", ",\n"),
		"only rows longer":          replaced("10.5\n", "10.5,,,\n"),
		"blanks around words":       replaced(",", " , ", "\n", " \n"),
		"hard blanks around words":  replaced("train", "\u00a0train\u00a0", "1.5", " 1.5\u00a0"),
		"blanks in quotes":          strings.ReplaceAll(quoted, `"train"`, `" train "`),
		"blanks with tabs":          strings.ReplaceAll(plain, ",", " \t "),
		"words in capitals":         replaced("train", "Train", "test", "TEST"),
		"signs":                     replaced("1.5", "+1.5", "1e-3", "1E-03"),
		"pandas' index":             replaced("image,", "Unnamed: 0,image,", "p00", "0,p00", "p01", "1,p01", "p02", "2,p02", "p03", "3,p03"),
		"pandas' index, twice":      replaced("image,", "Unnamed: 0.1,Unnamed: 0,image,", "p00", "0,0,p00", "p01", "1,1,p01", "p02", "2,2,p02", "p03", "3,3,p03"),
		"R's row names":             replaced("image,", `"",image,`, "p00", `"1",p00`, "p01", `"2",p01`, "p02", `"3",p02`, "p03", `"4",p03`),
		"nameless column of text":   replaced("image,", ",image,", "p00", "x,p00", "p01", "y,p01", "p02", "z,p02", "p03", ",p03"),
		"columns in another order":  "b,a,repeat,image,split\n-2,1.5,0,p00.png,train\n3,.25,0,p01.png,train\n1e-3,,0,p02.png,val\n8,7,0,p03.png,test\n10.5,9,1,p03.png,test\n",
		"names of files in quotes":  replaced("p00.png", `"p00.png"`),
		"a line end inside quotes":  replaced(",a,b", ",a,\"b\n\"", "10.5\n", "\"10.5\n\"\n"),
		"extra column, left out":    replaced(",a,b", ",a,b,note", "-2\n", "-2,good\n", "3\n", "3,bad\n", "1e-3\n", "1e-3,\n", "8\n", "8,ok\n", "10.5\n", "10.5,ok\n"),
		"extra text with commas":    replaced(",a,b", ",a,b,note", "-2\n", "-2,\"a, b\"\n", "3\n", "3,\n", "1e-3\n", "1e-3,\n", "8\n", "8,\n", "10.5\n", "10.5,\n"),
	} {
		spec := recording(t, 4)
		path := strings.TrimPrefix(strings.SplitN(spec, "?", 2)[0], "csv:")
		write(t, path, []byte(content))
		if strings.Contains(content, "note") {
			spec += "&ignore=note"
		}
		d, err := open(t, spec)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		swapped := d.Neurons[0].ID == "b"
		var got []string
		for _, values := range [][]float32{d.Train.Responses.Values, d.Val.Responses.Values, d.Test.Responses.Values} {
			for i := 0; i+1 < len(values); i += 2 {
				a, b := values[i], values[i+1]
				if swapped {
					a, b = b, a
				}
				got = append(got, fmt.Sprint(a, " ", b))
			}
		}
		if got, want := strings.Join(got, ", "), "1.5 -2, 0.25 3, NaN 0.001, 7 8, 9 10.5"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if d.NumNeurons() != 2 || len(d.Neurons[0].ID)+len(d.Neurons[1].ID) != 2 {
			t.Errorf("%s: neurons %+v", name, d.Neurons)
		}
		if nameless := strings.Contains(name, "index") || strings.Contains(name, "row names") || strings.Contains(name, "nameless"); nameless != (len(d.Notes) == 1) {
			t.Errorf("%s: notes %v", name, d.Notes)
		}
	}
}

// What cannot be told is an error that says what to do.
func TestDialectErrors(t *testing.T) {
	german := strings.ReplaceAll(plain, ",", ";")
	for name, c := range map[string]struct{ content, options, want string }{
		"two decimal signs":    {strings.Replace(german, "1.5", "1,5", 1), "", `line 2, column "a": "1,5" has a comma and line 3, column "a": "0.25" a point, want one decimal sign`},
		"thousands":            {"image;a\np00.png;1,234\np01.png;12\n", "", `line 2, column "a": "1,234": a decimal comma, or one between thousands? The option decimal=comma says the first`},
		"both in one number":   {strings.Replace(german, "1.5", "1.234,5", 1), "", `line 2, column "a": "1.234,5", want a number without signs between thousands`},
		"comma, point wanted":  {strings.Replace(german, "1.5", "1,5", 1), "decimal=point", `"1,5", want a number with a decimal point`},
		"point, comma wanted":  {german, "decimal=comma", `"1.5", want a number with a decimal comma`},
		"two commas":           {strings.Replace(german, "1.5", "1,234,567", 1), "", `"1,234,567", want a number`},
		"hexadecimal":          {replaced("1.5", "0x10"), "", `"0x10", want a number`},
		"underscores":          {replaced("1.5", "1_000"), "", `"1_000", want a number`},
		"per cent":             {replaced("1.5", "15%"), "", `"15%", want a number`},
		"text column":          {replaced("1.5", "monday"), "", `column "a": "monday", want a number, or nothing where the response is missing; the option ignore leaves the column out`},
		"half a repeat":        {replaced(",1,9", ",0.5,9"), "", `column "repeat": "0.5", want the number of the repeat`},
		"negative repeat":      {replaced(",1,9", ",-1,9"), "", `column "repeat": "-1", want the number of the repeat`},
		"unknown column":       {plain, "ignore=c", `option ignore: no column "c", found "image", "split", "repeat", "a", "b"`},
		"column of pictures":   {plain, "ignore=image", `option ignore: column "image" has the names of the pictures`},
		"nothing left":         {plain, "ignore=a,b", "no column of responses beside"},
		"fields too few":       {plain + "p00.png,train\n", "", "line 7: wrong number of fields: 2, want 5"},
		"fields too many":      {plain + "p00.png,train,0,1,2,3\n", "", "line 7: wrong number of fields: 6, want 5"},
		"line after sep=":      {"sep=,\n" + plain + "p00.png,train\n", "", "line 8: wrong number of fields"},
		"another separator":    {"sep=;\n" + plain, "", `line 2: no column "image", found "image,split,repeat,a,b"`},
		"Excel":                {"PK\x03\x04abcdefgh", "", "a zip archive, such as an Excel workbook, want a table as text (CSV)"},
		"old Excel":            {"\xd0\xcf\x11\xe0abcdefgh", "", "an Excel workbook, want a table as text (CSV)"},
		"Latin-1":              {"image,Gr\xf6\xdfe\np00.png,1\n", "", `line 1: column 2: "Gr\xf6\xdfe", want text in UTF-8 or UTF-16`},
		"UTF-32":               {"\xff\xfe\x00\x00i\x00\x00\x00", "", "text in UTF-32, want a table as text"},
		"gzip cut":             {gzipped(plain)[:40], "", "damaged, or cut short"},
		"nothing in gzip":      {gzipped(""), "", "empty, want a line that names the columns"},
		"only sep=":            {"sep=;\n", "", "empty, want a line that names the columns"},
		"only a mark":          {"\ufeff", "", "empty, want a line that names the columns"},
		"only names":           {"image,a\n,\n", "", "no trials, want a line for each"},
		"quote inside of text": {replaced("train,0,1.5", `tr"ain,0,1.5`), "", "line 2: bare"},
	} {
		spec := recording(t, 4)
		path := strings.TrimPrefix(strings.SplitN(spec, "?", 2)[0], "csv:")
		write(t, path, []byte(c.content))
		_, err := open(t, spec+"&"+c.options)
		if err == nil || !strings.Contains(err.Error(), filepath.Base(path)) && !strings.Contains(err.Error(), "option ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// A doubtful comma is one as the option says.
func TestDecimalComma(t *testing.T) {
	spec := recording(t, 4, "image;split;a", "p00.png;train;1,234", "p01.png;train;12", "p02.png;val;3", "p03.png;test;2,500")
	d, err := open(t, spec+"&decimal=comma")
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(d.Train.Responses.Values, d.Test.Responses.Values); got != "[1.234 12] [2.5]" {
		t.Error(got)
	}
}

// Columns that count trials are refused with the option that settles it.
func TestCountingColumns(t *testing.T) {
	rows := func(column func(i int) string, lines int) string {
		text := "image,n,clock\n"
		for i := range lines {
			text += fmt.Sprintf("p%02d.png,%d,%s\n", i, i*i*7%11, column(i))
		}
		return text
	}
	const trials = 40
	spec := recording(t, trials)
	path := strings.TrimPrefix(strings.SplitN(spec, "?", 2)[0], "csv:")
	for name, c := range map[string]struct {
		column func(i int) string
		want   string // empty: a neuron
	}{
		"row number":        {func(i int) string { return fmt.Sprint(i) }, "only rises, from 0 to 39"},
		"clock":             {func(i int) string { return fmt.Sprint(1.5 + 0.75*float64(i)) }, "only rises, from 1.5 to 30.75"},
		"clock with gaps":   {func(i int) string { return []string{fmt.Sprint(0.1 * float64(i)), "NA"}[i%3/2] }, "only rises"},
		"time of day":       {func(i int) string { return fmt.Sprint(1700000000 + 5*i) }, "only rises"},
		"countdown":         {func(i int) string { return fmt.Sprint(100 - i) }, "only falls, from 100 to 61"},
		"block":             {func(i int) string { return fmt.Sprint(i / 10) }, "only rises, from 0 to 3"},
		"trial of a block":  {func(i int) string { return fmt.Sprint(1 + i%8) }, "counts up from 1 again and again"},
		"shuffled row":      {func(i int) string { return fmt.Sprint(1 + i*7%trials) }, "has every whole number from 1 to 40 once"},
		"noise":             {func(i int) string { return fmt.Sprint(i * i * 13 % 37) }, ""},
		"rises with noise":  {func(i int) string { return fmt.Sprint(i + i*i*13%5) }, ""},
		"silent":            {func(i int) string { return "0" }, ""},
		"one spike":         {func(i int) string { return []string{"0", "1"}[(i+1)/trials] }, ""},
		"two spikes at end": {func(i int) string { return []string{"0", "1"}[i/(trials-2)] }, ""},
		"spikes":            {func(i int) string { return fmt.Sprint(i * i % 3) }, ""},
	} {
		write(t, path, []byte(rows(c.column, trials)))
		_, err := open(t, spec)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), `column "clock" `+c.want) || !strings.Contains(err.Error(), "ignore=clock") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		for options, neurons := range map[string]int{"&ignore=clock": 1, "&neurons=0,1": 2, "&reading=1": 2} {
			if d, err := open(t, spec+options); err != nil || d.NumNeurons() != neurons {
				t.Errorf("%s, %s: %v", name, options, err)
			}
		}
	}
	// Few trials tell nothing.
	write(t, path, []byte(rows(func(i int) string { return fmt.Sprint(i) }, 9)))
	if _, err := open(t, spec); err != nil {
		t.Error(err)
	}
}

// A file of a few bytes that would unpack to a table of many gigabytes is refused.
func TestTableThatUnpacksToTooMuch(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte("image,")) //nolint:errcheck // into memory
	for range 100 {
		w.Write(make([]byte, 1<<20)) //nolint:errcheck // into memory
	}
	w.Close()
	path := filepath.Join(t.TempDir(), "t.csv.gz")
	write(t, path, b.Bytes())
	if _, err := open(t, "csv:"+path); err == nil || !strings.Contains(err.Error(), "unpacks to more than") {
		t.Error(err)
	}
}
