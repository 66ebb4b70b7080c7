package api

import "yizheng/templates/answer"

// toDo says to a person at a page what to do about a refusal, where that is
// known better than to go back and try again.
var toDo = map[string]answer.Text{
	reasonNotFound:         {ZH: "请核对网址，或从首页开始；手机扫码打开的，请重新扫描许可证上的二维码。", EN: "Check the address or begin at the home page; where a scan led here, scan the license’s code again."},
	reasonMethod:           {ZH: "请从首页打开需要的页面，不要直接重新提交。", EN: "Open the page that you need from the home page; do not send this again."},
	reasonTooLarge:         {ZH: "请改传不超过 10 MB 的图片或 PDF，例如只拍二维码；或粘贴二维码的文字。", EN: "Upload a picture or PDF of at most 10 MB, of the code alone for instance, or paste the code’s text."},
	reasonPicture:          {ZH: "请换一张清楚的 PNG 或 JPEG 图片，或用手机相机直接扫描二维码。", EN: "Take a clear PNG or JPEG picture, or scan the code with your phone’s camera."},
	reasonMediaType:        {ZH: "请选 PNG、JPEG 图片或 PDF。", EN: "Choose a PNG or JPEG picture, or a PDF."},
	reasonRate:             {ZH: "请等几秒再打开本页，不必反复刷新。", EN: "Wait a few seconds and open the page again; reloading does not help."},
	reasonBusy:             {ZH: "请过几秒再提交；也可以用手机相机直接扫描二维码。", EN: "Send it again in a few seconds, or scan the code with your phone’s camera."},
	"register_unavailable": {ZH: "请过一会儿再打开本页。核验许可证不受影响，可以扫描许可证上的二维码。", EN: "Open the page again in a while. Verifying goes on meanwhile: scan the license’s code."},
	"holder_link_unknown":  {ZH: "请让发证机关核对，或索取新的链接。", EN: "Ask the issuing office to compare it, or for a new one."},
	"login_unavailable":    {ZH: "请过一会儿再登录；急需出示时，请用发证机关给的亮证链接或纸质许可证。", EN: "Log in again in a while; to show a license now, use the link from the office or the paper."},
}

// loginAfter is where to log in after a refusal that a log-in mends.
var loginAfter = map[string]string{reasonHolderOut: holderLogin, reasonLoginFailed: holderLogin, reasonNoHolder: holderLogin}
