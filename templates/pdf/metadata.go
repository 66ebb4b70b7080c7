package pdf

import (
	"encoding/xml"
	"strings"
	"time"
)

// xmp is the information about a file as XMP (ISO 16684-1), with what the file
// claims to be: PDF/A-2 for the archive, of level A with a structure and of
// level U with none, and with one also PDF/UA-1 for people who do not see it.
// PDF/A wants the words that it does not know itself described.
func (info Info) xmp(tagged bool) string {
	created := ""
	if !info.Created.IsZero() {
		at := info.Created.UTC().Format(time.RFC3339)
		created = "<xmp:CreateDate>" + at + "</xmp:CreateDate><xmp:ModifyDate>" + at + "</xmp:ModifyDate>"
	}
	claims, described := "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>", ""
	if tagged {
		claims = "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance><pdfuaid:part>1</pdfuaid:part>"
		described = describedUA
	}
	return `<?xpacket begin="` + "\uFEFF" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>` +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` + described +
		`<rdf:Description rdf:about=""` +
		` xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"` +
		` xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escaped(info.Title) + `</rdf:li></rdf:Alt></dc:title>` +
		`<dc:creator><rdf:Seq><rdf:li>` + escaped(info.Author) + `</rdf:li></rdf:Seq></dc:creator>` +
		`<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + escaped(info.Subject) + `</rdf:li></rdf:Alt></dc:description>` +
		`<dc:identifier>` + escaped(info.Identifier) + `</dc:identifier>` +
		`<xmp:CreatorTool>` + escaped(info.Creator) + `</xmp:CreatorTool>` + created +
		`<pdf:Producer>` + escaped(info.Creator) + `</pdf:Producer>` + claims +
		`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`
}

// describedUA describes the claim of PDF/UA (ISO 19005-2, 6.6.2.3.3).
const describedUA = `<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"` +
	` xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">` +
	`<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>` +
	`<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>` +
	`<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>` +
	`<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>` +
	`<pdfaProperty:description>part of ISO 14289</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>` +
	`</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>`

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
