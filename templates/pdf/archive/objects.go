package archive

import (
	"fmt"
	"regexp"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// objects checks every object of the file by itself.
func (c *checker) objects() {
	c.must(c.ctx.Encrypt == nil, "6.1.3", "it is encrypted")
	c.must(len(c.ctx.ID) == 2, "6.1.3", "it has no identifier")
	for number, e := range c.ctx.Table {
		if e.Free || e.Object == nil {
			continue
		}
		if !e.Compressed && e.Offset != nil {
			begins := regexp.MustCompile(fmt.Sprintf(`^\n%d 0 obj\n`, number))
			at := int(*e.Offset)
			c.must(at > 0 && at < len(c.file) && begins.Match(c.file[at-1:]), "6.1.9", "object %d does not begin as it should", number)
		}
		c.object(e.Object)
	}
}

// object checks an object and those directly in it.
func (c *checker) object(o types.Object) {
	switch o := o.(type) {
	case types.Dict:
		c.dictionary(o)
	case types.StreamDict:
		c.filters(o.Dict)
		c.dictionary(o.Dict)
	case types.ObjectStreamDict:
		c.filters(o.Dict)
	case types.XRefStreamDict:
		c.filters(o.Dict)
	case types.Array:
		for _, v := range o {
			c.object(v)
		}
	case types.Name:
		c.must(len(o) <= 127, "6.1.13", "a name of %d bytes", len(o))
	case types.StringLiteral:
		c.must(len(o) <= 32767, "6.1.13", "a string of %d bytes", len(o))
	case types.HexLiteral:
		c.must(len(o) <= 2*32767 && len(o)%2 == 0, "6.1.6", "a hexadecimal string of %d digits", len(o))
	case types.Integer:
		c.must(o >= -1<<31 && o < 1<<31, "6.1.13", "a number %d", o)
	}
}

func (c *checker) dictionary(d types.Dict) {
	for _, forbidden := range []string{"AA", "OpenAction", "JS", "JavaScript", "XFA", "NeedAppearances", "EmbeddedFiles", "EF", "OCProperties",
		"AlternatePresentations", "PresSteps", "Requirements", "TR", "HTP", "OPI", "PS", "Ref", "Alternates", "F1", "FFilter", "FDecodeParms"} {
		_, has := d[forbidden]
		c.must(!has, "6.1, 6.2, 6.4 to 6.11", "a dictionary has the key %s", forbidden)
	}
	switch name(d["Type"]) {
	case "Sig":
		c.only("Sig", "6.4.3", d)
	case "SigRef":
		c.only("SigRef", "6.1.12", d)
	case "ExtGState":
		c.only("State", "6.2.5", d)
		for _, k := range []string{"ca", "CA"} {
			v := c.number(d[k])
			c.must(v > 0 && v <= 1, "6.2.10", "an opacity of %v", v)
		}
		mode := name(d["BM"])
		c.must(mode == "Normal" || mode == "Multiply", "6.2.10", "the blend mode %q", mode)
	case "Group":
		c.must(name(d["S"]) == "Transparency" && name(d["CS"]) == "DeviceRGB", "6.2.10", "a group in the colour space %q", name(d["CS"]))
	}
	for _, v := range d {
		c.object(v)
	}
}

// filters checks that a stream is in the file and compressed by nothing but
// Flate.
func (c *checker) filters(d types.Dict) {
	f, has := d["Filter"]
	c.must(!has || name(f) == "FlateDecode", "6.1.7.2", "a stream with the filter %v", f)
	_, outside := d["F"]
	c.must(!outside, "6.1.7.1", "a stream that lies outside of the file")
}

// catalog checks the root.
func (c *checker) catalog() {
	root, err := c.ctx.Catalog()
	if err != nil {
		c.fault("6.1.1", "it has no catalog: %v", err)
		return
	}
	c.only("Catalog", "6.4 to 6.11", root)
	c.only("Perms", "6.1.12", c.dict(root["Perms"]))
	form := c.dict(root["AcroForm"])
	c.only("Field", "6.4.1", form)
	for _, f := range c.array(form["Fields"]) {
		d := c.dict(f)
		c.must(name(d["FT"]) == "Sig" && c.text(d["TU"]) != "", "UA 7.18.1", "a field without a name to be read aloud")
	}
	intents := c.array(root["OutputIntents"])
	c.must(len(intents) == 1, "6.2.3", "%d output intents", len(intents))
	for _, o := range intents {
		d := c.dict(o)
		c.only("Intent", "6.2.3", d)
		c.must(name(d["S"]) == "GTS_PDFA1", "6.2.3", "an output intent of the kind %q", name(d["S"]))
		profile, icc := c.stream(d["DestOutputProfile"])
		c.must(c.number(profile["N"]) == 3 && len(icc) > 128, "6.2.3", "no profile of red, green and blue")
		if len(icc) > 128 {
			length := int(icc[0])<<24 | int(icc[1])<<16 | int(icc[2])<<8 | int(icc[3])
			c.must(length == len(icc) && string(icc[36:40]) == "acsp" && string(icc[12:20]) == "mntrRGB ", "6.2.3", "the profile is damaged")
			c.must(icc[8] == 2 || icc[8] == 4 && icc[9]>>4 <= 2, "6.2.3", "the profile is of version %d.%d", icc[8], icc[9]>>4)
		}
	}
	viewer := c.dict(root["ViewerPreferences"])
	shown, _ := viewer["DisplayDocTitle"].(types.Boolean)
	c.must(bool(shown), "UA 7.1", "a window would not show the title")
	c.must(c.text(root["Lang"]) != "", "6.7.4", "it does not say its language")
}
