package payload

// The parts that tests reach one by one.
var (
	AppendClaims = appendClaims
	ReadClaims   = readClaims
	CheckText    = checkText
	ReadText     = readText
	TermCode     = termCode
	TermUntil    = termUntil
	EncodeDigits = encodeDigits
	DecodeDigits = decodeDigits
	DigitCount   = digitCount
	ByteCount    = byteCount
)

const MaxBytes = maxBytes
