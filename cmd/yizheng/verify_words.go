package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

var sealWords = map[string]words{
	"valid":     {"电子印章有效，文件自用印后未被改动。", "The document's seal is valid; nothing was changed since it was sealed."},
	"untrusted": {"电子印章不是该发证机关的！", "The document's seal is NOT the issuer's!"},
	"broken":    {"电子印章已损坏，文件在用印后被改动或追加！", "The document's seal is BROKEN: it was altered or added to after sealing!"},
	"missing":   {"文件没有电子印章。", "The document bears no seal."},
	"unknown":   {"无法确认电子印章属于哪个机关：其发证机关不在信任清单上，或二维码未能核实。", "Whose seal this is cannot be told: its issuer is not on the trust list, or the code was not verified."},
}

var pageWords = map[string]words{
	pageAgrees:      {"页面文字与二维码所载一致。", "The pages say what the code says."},
	pageDiffers:     {"页面文字与二维码所载不一致！", "The pages do NOT say what the code says!"},
	pageNotCompared: {"未比对页面文字：该文件由其他版本的模板制作。", "The pages were not compared with the code: another version of the templates drew them."},
}

// pageProvesNothing goes with every document whose seal is not valid, or whose
// pages differ from the code.
var pageProvesNothing = words{"页面本身不能证明任何内容，只以二维码所载为准。", "The page proves nothing, only what the code says counts."}

// words says the worst that is known of the document.
func (d documentCheck) words() words {
	switch {
	case d.Seal != "valid":
		return sealWords[d.Seal]
	case len(d.Fonts) > 0:
		fonts := printable(strings.Join(d.Fonts, ", "))
		return words{"未比对页面文字：该文件使用了此处没有的字体 " + fonts + "，请用 --font 指定。",
			"The pages were not compared with the code: they need fonts that are not here, " + fonts + "; give them by --font."}
	}
	return pageWords[d.Page]
}

func showDocument(w io.Writer, d documentCheck) {
	fmt.Fprintf(w, "\n文件 Document\n  %s\n", sealWords[d.Seal])
	if at := d.Timestamp; !at.IsZero() {
		fmt.Fprintf(w, "  时间戳证明此前已用印 A timestamp proves that it was sealed by %s\n", at.In(beijing()).Format(time.RFC3339))
	}
	if d.Page != "" {
		fmt.Fprintf(w, "  %s\n", d.words())
	}
}
