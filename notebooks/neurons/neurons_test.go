package neurons_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"v1lab/notebooks/neurons"
)

// some are n neurons with one picture each.
func some(n int) *neurons.Browser {
	b := &neurons.Browser{Kinds: []neurons.Kind{{Name: "mask", About: "where it looks"}}, Facts: []string{"cluster"}}
	for i := range n {
		b.Neurons = append(b.Neurons, neurons.Neuron{Name: fmt.Sprint("neuron ", i), Pictures: []neurons.Picture{{PNG: []byte{1, 2, byte(i)}}}, Facts: []string{fmt.Sprint(i % 3)}})
	}
	return b
}

func html(t *testing.T, b *neurons.Browser) string {
	t.Helper()
	page, err := b.HTML()
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// data is what the script reads.
func data(t *testing.T, page string) (all []struct {
	Name     string
	Pictures [][2]string
	Facts    []string
}) {
	t.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/json">(.*?)</script>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("no data")
	}
	if err := json.Unmarshal([]byte(found[1]), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// The page holds every neuron for the script, and the first one for readers without, who are told what to do.
func TestHTML(t *testing.T) {
	page := html(t, some(3))
	all := data(t, page)
	if len(all) != 3 || all[2].Name != "neuron 2" || all[2].Facts[0] != "2" || all[2].Pictures[0][0] != base64.StdEncoding.EncodeToString([]byte{1, 2, 2}) {
		t.Errorf("data %+v", all)
	}
	for _, want := range []string{`<div class="v1lab-neurons"`, `<input type="range" min="0" max="2"`, "<select>", `alt="mask" width="136" src="data:image/png;base64,AQIA"`,
		"The first of 3 neurons", "Trust Notebook", `class="controls" hidden="hidden"`, `aria-label="Next neuron"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if bad := regexp.MustCompile(`https?:|//[a-z]+\.|NaN|ZgotmplZ|\sid="|\son[a-z]+=`).FindString(page); bad != "" {
		t.Errorf("%q in the page: browsers on one page must not collide, and fetch nothing", bad)
	}
	if one := html(t, some(1)); strings.Contains(one, "The first of") || !strings.Contains(one, `max="0"`) {
		t.Error("a browser of one neuron speaks of others")
	}
}

// A page can allow the script by its hash, which is that of the text as it stands in the page.
func TestScriptHash(t *testing.T) {
	found := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(html(t, some(2)), -1)
	if len(found) != 1 {
		t.Fatalf("%d scripts, want 1", len(found))
	}
	sum := sha256.Sum256([]byte(found[0][1]))
	if want := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); neurons.ScriptHash() != want {
		t.Errorf("hash %s, want %s", neurons.ScriptHash(), want)
	}
}

// Names come from recordings of strangers: whatever they hold stays text, in the page and in the data.
func TestHostileNames(t *testing.T) {
	hostile := `</script><script>alert(1)</script><img src=x onerror="alert(2)"> {{.}} "' \u2028 <!--`
	b := some(2)
	for i := range b.Neurons {
		b.Neurons[i].Name, b.Neurons[i].Facts[0], b.Neurons[i].Pictures[0].Text = hostile, hostile, hostile
	}
	b.Note = hostile
	page := html(t, b)
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("%d scripts, want the data and the script", n)
	}
	if strings.Contains(page, "<img src=x") || strings.Contains(page, "<!--") {
		t.Error("markup of a name is in the page")
	}
	if all := data(t, page); all[1].Name != hostile || all[1].Facts[0] != hostile || all[1].Pictures[0][1] != hostile {
		t.Errorf("the name came back as %q", all[1].Name)
	}
}

// What a dead neuron does not have is a gap with its reason.
func TestGap(t *testing.T) {
	b := some(2)
	b.Neurons[0].Pictures[0] = neurons.Picture{Text: "nothing excites the neuron"}
	b.Neurons[0].Facts[0] = ""
	page := html(t, b)
	for _, want := range []string{`<img alt="mask" width="136" hidden="hidden">`, `<div class="gap">none</div>`, "nothing excites the neuron", "<b>\u2013</b>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
}

// A full browser with pictures of the usual size stays below the size that its documentation names.
func TestSize(t *testing.T) {
	b := some(neurons.Max)
	for i := range b.Neurons {
		b.Neurons[i].Pictures[0].PNG = bytes.Repeat([]byte{byte(i)}, 1500) // six of 250 bytes
	}
	if size := len(html(t, b)); size > 600_000 {
		t.Errorf("%d bytes", size)
	}
}

// A map has a dot for each neuron that has a place, in the colour of its group, and scales both axes alike.
func TestMap(t *testing.T) {
	b := some(4)
	b.Map = &neurons.Map{At: [][2]float64{{0, 0}, {2, 1}, {math.NaN(), 0}, {1, 0.5}}, Groups: []int{0, 1, 1, -1}, Colours: []string{"#0072b2", "#e69f00", "#009e73"}, Names: []string{"cluster 0", "<b>", "empty"}, About: "Principal components."}
	page := html(t, b)
	for _, want := range []string{`<circle data-neuron="0" cx="12" cy="244" r="4" fill="#0072b2"><title>neuron 0, cluster 0</title>`, `<circle data-neuron="1" cx="388" cy="56" r="4" fill="#e69f00">`,
		`<circle data-neuron="3" cx="200" cy="150" r="4" fill="#999999"><title>neuron 3</title>`, "&lt;b&gt;</span>", "Principal components. Not on the map: 1 neurons."} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the page", want)
		}
	}
	if strings.Contains(page, `data-neuron="2"`) || strings.Contains(page, "empty") || strings.Contains(page, "NaN") {
		t.Error("what has no place is drawn")
	}
	if strings.Contains(html(t, some(4)), `<div class="map">`) {
		t.Error("a browser without a map has one")
	}
	b.Map.At = [][2]float64{{1, 1}, {1, 1}, {1, 1}, {1, 1}}
	if page := html(t, b); strings.Count(page, `cx="200" cy="150"`) != 4 {
		t.Error("neurons in one place are not in the middle")
	}
}

func TestBadInput(t *testing.T) {
	short := some(2)
	short.Neurons[1].Facts = nil
	off, beyond := some(1), some(1)
	off.Map = &neurons.Map{At: make([][2]float64, 2), Groups: []int{0}}
	beyond.Map = &neurons.Map{At: make([][2]float64, 1), Groups: []int{1}, Colours: []string{"#000000"}, Names: []string{"a"}}
	for want, b := range map[string]*neurons.Browser{
		"neuron browser: found 0 neurons; accepted: 1 to 200":                       some(0),
		"neuron browser: found 201 neurons; accepted: 1 to 200":                     some(201),
		"neuron browser: neuron 1: found 1 pictures and 0 facts; accepted: 1 and 1": short,
		"neuron browser: map: found 2 places, 1 groups, 0 colours and 0 names for 1 neurons; accepted: one place and group of each neuron, one colour and name of each group": off,
		"neuron browser: map: neuron 0 is in group 1; accepted: below 1": beyond,
	} {
		if _, err := b.HTML(); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
