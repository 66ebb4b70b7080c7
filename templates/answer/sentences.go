package answer

import "yizheng/verifier"

// Sentence gives the sentence for a reason code of the verifier, and whether
// there is one.
func Sentence(r verifier.Reason) (s Text, known bool) {
	s, known = sentences[r]
	return s, known
}

// sentenceOf shows the bare code where a newer verifier gives a reason that
// this page has no words for.
func sentenceOf(r verifier.Reason) Text {
	if s, known := sentences[r]; known {
		return s
	}
	return Text{"原因代码：" + string(r), "reason code"}
}

// sentences is the one place where reason codes become words; a test holds
// that no constant of verifier.Reason is missing.
var sentences = map[verifier.Reason]Text{
	verifier.NoCode:             {"输入中没有行业综合许可证的二维码。", "There is no license code in the input."},
	verifier.ExportedCredential: {"这是供其他系统使用的凭证（例如导出的许可证），不是许可证的二维码；请扫描许可证上的二维码。", "This is a credential for other programs, such as an exported license, and not the code of a license: scan the code on the license itself."},
	verifier.CheckDigits:        {"校验位不符：读码有误或不完整。", "The check digits do not fit: misread or cut off."},
	verifier.VersionUnknown:     {"二维码采用更新的格式，本系统尚不能识读，需要升级。", "The code is in a newer format than this system reads: update it."},
	verifier.DictionaryUnknown:  {"二维码采用本系统没有的字典，需要更新信任清单。", "The code uses a dictionary not held here: update the trust list."},
	verifier.CodeMalformed:      {"校验位相符，但任何发证机关的系统都不会写出这样的码。", "The check digits fit, but no issuer’s system writes a code like this."},
	verifier.ClaimsMalformed:    {"内容无法解读。", "The content cannot be decoded."},

	verifier.SignatureInvalid:  {"签名与内容不符。", "The signature does not fit the content."},
	verifier.SignatureHighS:    {"签名经过改写，不是发证机关写出的形式。", "The signature was rewritten: it is not the form that issuers write."},
	verifier.AlgorithmMismatch: {"所称的签名算法与发证机关的密钥不符。", "It names another signature algorithm than its issuer’s key has."},
	verifier.TypeMismatch:      {"签名属于另一种文件，不是许可证。", "The signature belongs to another kind of document, not to a license."},
	verifier.KeyUnknown:        {"签名所用的密钥不在信任清单上，无法验证签名。", "The key is not on the trust list, so the signature cannot be checked."},

	verifier.IssuerUnknown:      {"发证机关不在本地的信任清单上；可能需要更新清单。", "Its issuer is not on the trust list held here; the list may need an update."},
	verifier.KeyNotOfIssuer:     {"签名所用的密钥不属于其所称的发证机关。", "The key does not belong to the issuer it names."},
	verifier.KeyUse:             {"该密钥另有用途，不能用于签发许可证。", "The key is for another use and may not sign licenses."},
	verifier.KeyNotValidThen:    {"发证日期不在该密钥或该机关的有效期内。", "It is dated outside the days on which this key or issuer may sign."},
	verifier.IssuerRegion:       {"该机关无权签发其他行政区划的许可证。", "The issuer may not sign licenses of another region."},
	verifier.IssuerMismatch:     {"所载发证机关或证照类型与信任清单不一致。", "The issuer or type it states is not that of the trust list."},
	verifier.RegionAbolished:    {"所称的行政区划已撤销。", "The region it names has been abolished."},
	verifier.ClosingListMissing: {"该密钥或机关已关闭，须有其关闭清单才能核验，本地没有。", "This key or issuer was closed; the closing list that tells what still counts is not held here."},
	verifier.ClosingListBad:     {"该密钥或机关已关闭，所指的关闭清单无法采用，不能核验。", "This key or issuer was closed, and what is named as its closing list cannot be used."},
	verifier.NotOnClosingList:   {"该密钥或机关已关闭，发证机关的关闭清单上没有此证。", "This key or issuer was closed, and the list of what it signed does not hold this license."},
	verifier.Backdated:          {"该密钥已失窃关闭，此证所载日期在失窃之前，但关闭清单上没有：是倒签的伪证。", "Its key was stolen and closed. It is dated before that, and the list of what its issuer signed does not hold it: it was backdated."},
	verifier.TrustListMissing:   {"负责该地区的信任清单尚未取得，需要更新。", "The trust list for its region is not held: update it."},
	verifier.TrustListRefused:   {"负责该地区的信任清单不可采信，未予采用，需要更新。", "The trust list for its region cannot be believed and is not used: update it."},
	verifier.FreshnessExpired:   {"清单的时效声明已过期，不知清单是否仍然有效，需要更新。", "Nobody has stated lately that the list still counts: update it."},
	verifier.FreshnessAhead:     {"清单的时效声明日期在将来，不予采信：请检查本机时钟，并更新清单。", "The statement that the list counts is dated in the future, and is not believed: check this machine’s clock, and update the list."},
	verifier.RootExpired:        {"信任根文件已过期，需要更新。", "The root document has expired: update it."},
	verifier.TrustListExpired:   {"信任清单已过期，需要更新。", "The trust list has expired: update it."},
	verifier.TrustListTooOld:    {"信任清单超过本地允许的时限，需要更新。", "The trust list is older than is allowed here: update it."},
	verifier.TrustRolledBack:    {"信任清单比以前见过的更旧，不予采用。", "The trust list is older than one seen before, and is not used."},

	verifier.NotIssuedThen:  {"在所问时刻尚未签发。", "It had not been issued yet at the moment asked for."},
	verifier.TimeAhead:      {"所问时刻在将来，届时的状态无人知晓。", "The moment asked for lies ahead: nobody knows what will have been done by then."},
	verifier.HistoryMissing: {"没有所问时刻的状态清单：发证机关未提供，或暂时取不到。", "The status list of that moment is not held: its issuer gives none, or cannot be reached just now."},
	verifier.AsOfPast:       {"这是对过去某一时刻的回答，不涉及由谁出示。", "This is about a moment of the past, and says nothing of who shows the code."},

	verifier.RecognisedOwnRegion:    {"本行政区划签发。", "Issued in this region."},
	verifier.RecognisedAgreement:    {"依互认协议在本地认可。", "Recognised here by agreement."},
	verifier.RecognisedDisplayOnly:  {"依协议，在本地仅认可亮证：可出示证明，不得据此在本地经营。", "By agreement it may be shown here as proof; it permits no business here."},
	verifier.NeedsLocalFiling:       {"依协议，须先在本地备案；备案前不认可。", "By agreement it is recognised once it has been filed here, and not before."},
	verifier.NoAgreement:            {"发证地与本地之间没有互认协议。", "No agreement covers both the issuing region and this one."},
	verifier.AgreementNotInForce:    {"互认协议不在有效期内。", "The agreement is not in force."},
	verifier.BasisNotInForce:        {"互认协议所依据的文件已到期或尚未施行。", "The legal basis of the agreement has run out or not begun."},
	verifier.AgreementHandlingOnly:  {"双方只约定跨省通办，未约定证照互认。", "The agreement is on handling applications across regions, not on recognising licenses."},
	verifier.IndustryNotCovered:     {"该行业不在互认范围内。", "The agreement does not cover this industry."},
	verifier.MatterNotCovered:       {"该许可事项不在互认范围内。", "The agreement does not cover this matter."},
	verifier.AuthorityOfOtherRegion: {"实施机关不属于发证地，也不是其上级机关。", "The granting authority is neither of the issuer’s region nor above it."},
	verifier.PartlyRecognised:       {"部分许可在本地认可，部分不认可，见各项许可。", "Some permits are recognised here, some are not: see each one."},
	verifier.PolicyMissing:          {"本地的认可政策没有取得或不可采信，需要更新。", "The recognition policy of this region is not held or cannot be believed: update it."},
	verifier.PolicyExpired:          {"认可政策清单已过期，需要更新。", "The recognition policy held here has expired: update it."},
	verifier.PolicyTooOld:           {"认可政策清单超过本地允许的时限，需要更新。", "The recognition policy is older than is allowed here: update it."},
	verifier.PolicyRolledBack:       {"认可政策清单比以前见过的更旧，不予采用。", "The recognition policy is older than one seen before, and is not used."},

	verifier.StatusListMissing:    {"没有取得该许可证的状态清单，不知道是否已被吊销、暂扣或取代。", "No status list of this license is held: whether it was revoked, suspended or superseded is not known."},
	verifier.StatusListTooOld:     {"状态清单太旧，需要联网更新。", "The status list is too old: a newer one is needed."},
	verifier.StatusListExpired:    {"状态清单已过期，需要联网更新。", "The status list has expired: a newer one is needed."},
	verifier.BundleExpired:        {"离线数据包已过有效期限，需要联网取得新的数据包。", "The offline bundle is past its term: fetch a new one."},
	verifier.StatusListEarlier:    {"状态清单早于该证签发，尚未载有此证，需要更新。", "The status list was made before this license was issued and does not hold it yet: update it."},
	verifier.StatusListSignature:  {"取得的状态清单不是发证机关签发的，不予采用。", "The status list received is not signed by the issuer, and is not used."},
	verifier.StatusListKey:        {"状态清单所用的密钥不是该发证机关的状态密钥，不予采用。", "The status list is signed by a key that is not the issuer’s for status, and is not used."},
	verifier.StatusListAddress:    {"状态清单与其地址不符，不予采用。", "The status list is not the one of its address, and is not used."},
	verifier.StatusListRolledBack: {"状态清单比以前见过的更旧，不予采用。", "The status list is older than one seen before, and is not used."},
	verifier.StatusListMalformed:  {"状态清单无法解读。", "The status list cannot be read."},
	verifier.IssuerOverLimit:      {"该签发机关的清单超出本地为一家机关保存的上限，所需的一份没有保存；请稍后联网重试。", "Its issuer has more lists than are kept here of one issuer, and the one needed is not among them: try again on line."},
	verifier.RecordKey:            {"取得的许可证记录不是该发证机关签发的，不予采用。", "The license record received is not signed by the issuer’s key for records, and is not used."},
	verifier.RecordMalformed:      {"取得的许可证记录无法解读，或签名不符，不予采用。", "The license record received cannot be read or its signature does not fit, and is not used."},
	verifier.StatusIndexInvalid:   {"许可证所指的状态位置不存在。", "The license points at a status entry that does not exist."},
	verifier.Superseded:           {"已有更新的版本。", "A newer version exists."},
	verifier.Withdrawn:            {"已撤回或者撤销。", "Withdrawn."},
	verifier.Revoked:              {"已吊销。", "Revoked."},
	verifier.Cancelled:            {"已注销。", "Cancelled."},
	verifier.Suspended:            {"已暂扣。", "Suspended."},
	verifier.PermitsNotInForce:    {"有许可不在有效状态，见各项许可。", "Not every permit is in force: see each one."},
	verifier.StatusValueUnknown:   {"状态值为本系统所不识，需要升级。", "The status has a value that this system does not know: update it."},

	verifier.NotYetValid:    {"尚未到生效日期。", "Its first day has not come."},
	verifier.Expired:        {"已过有效期。", "Its last day has passed."},
	verifier.IssuedInFuture: {"发证日期在将来：请检查本机时钟。", "It is dated in the future: check this machine’s clock."},
	verifier.ClockBeyond:    {"本机时钟超出许可证所能记载的最后一日（2179-06-05），无法判断：请检查本机时钟。", "This machine’s clock is past the last day that a license can name (2179-06-05), so nothing can be said: check it."},

	verifier.StatementKey:       {"二维码附带的亮证或加注信息不是由发证机关签署的。", "What the code adds about its showing or copying was not signed by the issuer."},
	verifier.StatementSignature: {"二维码附带的亮证或加注信息被改动过，或属于另一张许可证。", "What the code adds about its showing or copying was altered, or belongs to another license."},
	verifier.CopyExpired:        {"加注件已过其截止日期。", "The last day of this derived copy is over."},

	verifier.PresentationStale:     {"亮证码已经过时，可能是截图或翻拍：请持证人当面刷新后再扫。", "The live code is out of date, perhaps a picture of one: have it refreshed before you and scan again."},
	verifier.PresentationAhead:     {"亮证码的时间在本机时钟之后：本机时钟偏慢，无法判断。", "The live code is ahead of this machine’s clock: the clock is slow, so nothing can be said."},
	verifier.PresentationUsed:      {"这个亮证码已在一次核验中用过：请持证人刷新后再扫。", "This live code has counted in a check already: have it refreshed and scan again."},
	verifier.PresentationUnchecked: {"暂时无法查明这个亮证码是否已用过：请稍候再扫下一个。", "Whether this live code has counted already cannot be told just now: scan the next one in a moment."},

	verifier.StaticCode: {"印刷或截图的码不能证明出示者就是持证人。", "A printed or copied code does not prove that whoever shows it is the holder."},

	verifier.ClockBehind:          {"本机时钟偏慢，已采用签名清单证明的时间。", "This machine’s clock is slow; the time proved by a signed list was used."},
	verifier.HostNotIssuers:       {"二维码里的网址不是发证机关的网址：不要在那个网址上输入任何信息，以本页结论为准。", "The address in the code is not its issuer’s: enter nothing there, and go by this page."},
	verifier.IsDemonstration:      {"演示数据，不具法律效力。", "Demonstration: no legal effect."},
	verifier.DemonstrationBasis:   {"据以认可的协议是演示协议，并非真实签订。", "The agreement that recognises it is a demonstration: no such agreement was made."},
	verifier.PermitsRemainInForce: {"行业综合许可证已撤回，各单项许可本身的效力不受影响。", "The integrated license is withdrawn; the single permits keep their force."},
	verifier.AuthorityNotListed:   {"有实施机关不在机关名录中，无法给出其电话和救济途径。", "An authority is not in the directory: its telephone and remedies are not known here."},
	verifier.DirectoryExpired:     {"机关名录已过期，电话、地址和救济途径可能有变。", "The authority directory has expired: telephone, address and remedies may have changed."},
	verifier.KeyClosed:            {"签名所用的密钥或机关已关闭；此证在关闭清单上，仍然有效，宜请持证人换发。", "Its key or issuer was closed; it stands on the closing list and counts, and should be issued anew."},
	verifier.IssuerEntryEnded:     {"该机关已不再签发许可证；此前签发的仍然有效。", "This issuer signs no more; what it signed before stays."},

	verifier.SealIsMissing:          {"文件没有电子印章。", "The document bears no seal."},
	verifier.SealMalformed:          {"文件的电子印章已损坏，无法解读。", "The document’s seal is damaged and cannot be read."},
	verifier.SealAltered:            {"文件在用印后被改动。", "The document was altered after it was sealed."},
	verifier.SealAppended:           {"文件在用印后被追加了内容。", "Something was added to the document after it was sealed."},
	verifier.SealIssuerUnknown:      {"无法确认电子印章属于哪个机关：发证机关不在信任清单上，或二维码未能核实。", "Whose seal this is cannot be told: its issuer is not on the trust list, or the code was not verified."},
	verifier.SealNotOfIssuer:        {"文件上的电子印章不是该发证机关的。", "The document’s seal is not the issuer’s."},
	verifier.PageSaysOther:          {"页面文字与二维码所载不一致。", "The pages do not say what the code says."},
	verifier.PageCodeUnreadable:     {"未比对页面文字：二维码无法重新绘制。", "The pages were not compared: the code cannot be drawn again."},
	verifier.PageNeedsFonts:         {"未比对页面文字：该文件使用了此处没有的字体。", "The pages were not compared: they need fonts that are not here."},
	verifier.PageOfOtherTemplate:    {"未比对页面文字：该文件由其他版本的模板或字体制作。", "The pages were not compared: another version of the template or of the fonts drew them."},
	verifier.PageWithoutParticulars: {"未比对页面文字：文件中没有重新绘制所需的内容。", "The pages were not compared: the file does not carry what is needed to draw them again."},
}
