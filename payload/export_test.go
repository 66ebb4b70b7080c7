package payload

// The parts that tests reach one by one.
var (
	AppendClaims = appendClaims
	ReadClaims   = readClaims
	CheckText    = checkText
	ReadText     = readText
	TermCode     = termCode
	TermUntil    = termUntil
	DigitCount   = digitCount
	ByteCount    = byteCount
)

const MaxBytes = maxBytes

// EncodeDigits and DecodeDigits are those of a license code alone.
func EncodeDigits(b []byte) string { return encodeDigits(versionPlain, b) }

func DecodeDigits(s string) ([]byte, error) {
	_, b, err := decodeDigits(s)
	return b, err
}

// EncodeStated writes bytes as a code with a statement, whatever they are.
func EncodeStated(b []byte) string { return encodeDigits(versionStated, b) }

// BytesOf gives what the digits of a code stand for.
func BytesOf(c Code) []byte {
	b, err := c.bytes()
	if err != nil {
		panic(err)
	}
	return b
}
