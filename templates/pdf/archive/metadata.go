package archive

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"time"
)

const (
	rdf     = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	dc      = "http://purl.org/dc/elements/1.1/"
	xmp     = "http://ns.adobe.com/xap/1.0/"
	pdf     = "http://ns.adobe.com/pdf/1.3/"
	pdfaID  = "http://www.aiim.org/pdfa/ns/id/"
	pdfuaID = "http://www.aiim.org/pdfua/ns/id/"
)

// known are the namespaces whose properties PDF/A knows, or which describe
// others.
var known = map[string]bool{
	"": true, "adobe:ns:meta/": true, rdf: true, dc: true, xmp: true, pdf: true, pdfaID: true,
	"http://www.aiim.org/pdfa/ns/extension/": true, "http://www.aiim.org/pdfa/ns/schema#": true, "http://www.aiim.org/pdfa/ns/property#": true,
}

// metadata checks the XMP and that it says what the information dictionary
// does.
func (c *checker) metadata() {
	root, _ := c.ctx.Catalog()
	dict, packet := c.stream(root["Metadata"])
	c.must(name(dict["Type"]) == "Metadata" && name(dict["Subtype"]) == "XML" && len(packet) > 0, "6.6.2.1", "there is no XMP")
	properties := map[string]string{} // by their namespace and name
	dec := xml.NewDecoder(bytes.NewReader(packet))
	var path []xml.Name
	for {
		t, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			c.fault("6.6.2.1", "the XMP is not well-formed: %v", err)
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if !known[t.Name.Space] {
				c.must(bytes.Contains(packet, []byte("namespaceURI>"+t.Name.Space+"<")), "6.6.2.3", "%s is not described", t.Name.Space)
			}
			path = append(path, t.Name)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			for i := len(path) - 1; i >= 0; i-- {
				if path[i].Space != rdf {
					properties[path[i].Space+path[i].Local] += string(t)
					break
				}
			}
		case xml.ProcInst:
			c.must(!strings.Contains(string(t.Inst), "bytes=") && !strings.Contains(string(t.Inst), "encoding="), "6.6.2.1", "the packet says %s", t.Inst)
		}
	}
	c.must(properties[pdfaID+"part"] == "2", "6.6.4", "it does not claim PDF/A-2")
	level := properties[pdfaID+"conformance"]
	c.must(level == "A" || level == "U", "6.6.4", "it claims level %q", level)
	c.claimsA, c.claimsUA = level == "A", properties[pdfuaID+"part"] == "1"
	c.must(c.claimsA || !c.claimsUA, "UA 5", "it claims PDF/UA without a structure")

	info := c.dict(*c.ctx.Info)
	for key, property := range map[string]string{"Title": dc + "title", "Author": dc + "creator", "Subject": dc + "description", "Creator": xmp + "CreatorTool", "Producer": pdf + "Producer"} {
		c.must(info[key] == nil && key != "Title" || c.text(info[key]) == properties[property], "6.6.3", "%s is %q, and in the XMP %q", key, c.text(info[key]), properties[property])
	}
	c.must(properties[dc+"title"] != "", "UA 7.1", "it has no title")
	for key, property := range map[string]string{"CreationDate": xmp + "CreateDate", "ModDate": xmp + "ModifyDate"} {
		if info[key] == nil && properties[property] == "" {
			continue
		}
		a, err := time.Parse("D:20060102150405+00'00'", c.text(info[key]))
		b, errB := time.Parse(time.RFC3339, properties[property])
		c.must(err == nil && errB == nil && a.Equal(b), "6.6.3", "%s is %q, and in the XMP %q", key, c.text(info[key]), properties[property])
	}
}
