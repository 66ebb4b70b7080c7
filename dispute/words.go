package dispute

// Words are a word of this package for people.
type Words struct{ ZH, EN string }

var reasonWords = map[Reason]Words{
	HolderDiffers:   {"持证主体与现场不符", "the business on the spot is another one"},
	PremisesDiffer:  {"经营场所不符", "the premises are others"},
	ContentWrong:    {"许可内容有误", "a permit is not what was granted"},
	StateWrong:      {"许可状态有误", "a permit's state is wrong"},
	DocumentDiffers: {"证面与二维码不一致", "the document differs from its code"},
	CodeCopied:      {"二维码疑被他人冒用", "another business shows the code"},
	OtherReason:     {"其他", "other"},
}

// Words gives the reason in Chinese and English; of one that is not known the
// word itself.
func (r Reason) Words() Words {
	if w, known := reasonWords[r]; known {
		return w
	}
	return Words{string(r), string(r)}
}

var resultWords = map[Result]Words{
	Upheld:   {"异议成立", "upheld"},
	Rejected: {"异议不成立", "rejected"},
	Mended:   {"异议成立，已更正", "mended"},
}

// Words gives the result in Chinese and English.
func (r Result) Words() Words {
	if w, known := resultWords[r]; known {
		return w
	}
	return Words{string(r), string(r)}
}

var stateWords = map[State]Words{
	Waiting:  {"待送达", "not with the issuer yet"},
	Open:     {"待答复", "waits for an answer"},
	Answered: {"已答复", "answered"},
	Refused:  {"对方未受理", "not taken by the issuer"},
}

// Words gives the state in Chinese and English.
func (s State) Words() Words {
	if w, known := stateWords[s]; known {
		return w
	}
	return Words{string(s), string(s)}
}
