package display

import (
	"encoding/gob"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"v1lab/notebooks/figures"
)

// VegaLite is the MIME type of interactive figures. JupyterLab draws it with a built-in extension, even in notebooks that are not trusted.
const VegaLite = "application/vnd.vegalite.v5+json"

// The kernel's pipe carries Go values. Types must be registered at both ends; the kernel has registered these.
func init() {
	gob.Register(map[string]any{})
	gob.Register([]any{})
}

// send shows a figure in one message with its PNG and, if there is one, its interactive form. A front end that does not know the interactive form
// shows the PNG.
func send(f *figures.Figure) error {
	picture, width, height, err := png(f)
	if err != nil {
		return err
	}
	data := &protocol.DisplayData{
		Data:     map[protocol.MIMEType]any{protocol.MIMEImagePNG: picture},
		Metadata: map[string]any{string(protocol.MIMEImagePNG): map[string]any{"width": width, "height": height}},
	}
	if spec := f.VegaLite(); spec != nil {
		if data.Data[VegaLite], err = plain(spec); err != nil {
			return fmt.Errorf("interactive figure: %w", err)
		}
		// The menu can save the figure and show its source. The entry that opens an editor on the internet is left out.
		data.Metadata[VegaLite] = map[string]any{"embed_options": map[string]any{"actions": map[string]any{"export": true, "source": true, "compiled": false, "editor": false}}}
	}
	gonbui.SendData(data)
	gonbui.Sync() // otherwise a cell that ends now may lose it
	return gonbui.Error()
}

// plain returns a value as decoded from its JSON. Other types, and null, would break the pipe without an error message.
func plain(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var same any
	if err := json.Unmarshal(text, &same); err != nil {
		return nil, err
	}
	return same, nullFree(same, "")
}

func nullFree(v any, path string) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("null at %q", path)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := nullFree(v[name], path+"/"+name); err != nil {
				return err
			}
		}
	case []any:
		for i, inner := range v {
			if err := nullFree(inner, fmt.Sprintf("%s/%d", path, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// HTML shows a piece of HTML. Front ends without HTML, and programs outside a notebook, show text instead.
func HTML(page, text string) {
	if !gonbui.IsNotebook {
		fmt.Println(text)
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextHTML: page, protocol.MIMETextPlain: text}})
	gonbui.Sync()
	Check(gonbui.Error())
}
