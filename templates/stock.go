package templates

// usual are the characters that most licenses set: those of the words that the
// template brings, of remedies and their laws, digits, and what places, organs
// and permits are named with. Every document carries their outlines, which are
// compressed once for all. One that a document does not need costs it some 75
// bytes; those that it needs and are not here cost it time, as they are
// written for it alone. More would not fit the window of deflate, and those
// beyond it would be of no use to what follows.
const usual = "()-./0123456789:AMYahlpst〔〕　、。《》，：（）" +
	"一不专业下个中为之事二人代以会伪作依信全公六共关具内出别力务区十华即及发可号司合名和四围国场复子字定实局市平年序应府当径律息或所" +
	"扫据政效救方施日明月有服期本机权条标核止正民法济照理用电白的真知码示社积称空章第管米类经统综编者自至范营行表议许讼证识诉该说负责起" +
	"路载辖途道部附限院长面页项验" +
	"化体海纸消上与改系地品监取加承文同主质现集沪相变店售督食含制维书宁告诺层投使入聚众防查安援筑队前"
