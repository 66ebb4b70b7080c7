package answer

import (
	"strings"

	"yizheng/verifier"
)

// Document is in words what the PDF is worth in which the code was found.
type Document struct {
	Code   Text    `json:"code"`   // the verdict on the code alone
	Points []Point `json:"points"` // the seal, and where that is valid the pages
}

// Point is one thing that was looked at, with what came of it.
type Point struct {
	Name Text  `json:"name"`
	End  Badge `json:"end"`
	Said Text  `json:"said"`
}

var (
	sealGood          = Text{"电子印章有效，文件自用印后未被改动。", "The seal is valid; nothing was changed since it was set."}
	pageGood          = Text{"页面文字与二维码所载一致。", "The pages say what the code says."}
	pageProvesNothing = Text{"页面本身不能证明任何内容，只以二维码所载为准。", "The page proves nothing, only what the code says counts."}
)

// falseDocument is the verdict on a document that lies, whatever its code says.
func falseDocument(r verifier.Result) Verdict {
	return Verdict{
		Class: "forged", Icon: "alarm",
		Word:  Text{"文件不可信", "Do not trust this document"},
		Means: sentenceOf(r.Document.Reason),
		Steps: []Text{
			pageProvesNothing,
			{"请保留该文件，并告知发证机关；需要文件时，请从发证机关重新取得。", "Keep the file and tell the issuing authority; where a document is needed, get it anew from there."},
		},
		Call: "issuer",
	}
}

// documentOf puts into words what is known of the document.
func documentOf(r verifier.Result) *Document {
	d := r.Document
	said := Document{Code: codeVerdict(r).Word}
	seal := Point{Name: Text{"电子印章", "Seal"}, End: checkEnds[verifier.Passed], Said: sealGood}
	switch d.Seal {
	case verifier.SealValid:
		if !d.Timestamp.IsZero() {
			at := Clock(d.Timestamp)
			seal.Said.ZH += "时间戳证明最迟于 " + at + " 已用印。"
			seal.Said.EN += " A timestamp proves that it was there by " + at + " (UTC+8)."
		}
	case verifier.SealBroken, verifier.SealUntrusted:
		seal.End, seal.Said = checkEnds[verifier.Failed], sentenceOf(d.Reason)
	default:
		seal.End, seal.Said = checkEnds[verifier.NotDone], sentenceOf(d.Reason)
		if d.Seal == verifier.SealMissing {
			seal.End.Text = Text{"没有", "none"}
		}
	}
	said.Points = append(said.Points, seal)
	page := Point{Name: Text{"页面", "Pages"}}
	switch d.Page {
	case verifier.PageAgrees:
		page.End, page.Said = checkEnds[verifier.Passed], pageGood
	case verifier.PageDiffers:
		page.End, page.Said = checkEnds[verifier.Failed], sentenceOf(d.Reason)
	case verifier.PageNotCompared:
		page.End, page.Said = checkEnds[verifier.NotDone], sentenceOf(d.Reason)
		if len(d.Fonts) > 0 {
			names := strings.Join(d.Fonts, ", ")
			page.Said.ZH += "所缺字体：" + names + "。"
			page.Said.EN += " Missing: " + names + "."
		}
	default:
		return &said
	}
	said.Points = append(said.Points, page)
	return &said
}
