#!/usr/bin/env python3
"""Decodes license codes by docs/format.md alone: reads codes.json and
statements.json of testdata/answers and compares. It checks no signature; a JOSE
library does that with what jws() and signing_input() give.
Usage: decode.py ANSWERS DICTIONARIES"""

import base64, datetime, hashlib, json, sys, zlib

SINGLES = "-(),.:;/ m、×〔〕\uff08\uff09\uff0c\uff1b\uff1a号路弄室层楼第幢座"
PAGES = (0x00, 0x20, 0x21, 0x30, 0xFF)
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def b64(b):
    return base64.urlsafe_b64encode(b).decode().rstrip("=")


def to_bytes(digits, version="1"):
    assert digits[:2] == "86" and digits.isascii() and digits.isdigit()
    body, check = digits[:-5], digits[-5:]
    r = len(body)
    for d in body:
        r = (r * 10 + int(d)) % 99991
    assert check == "%05d" % r, "unreadable"
    assert body[2] == version, "unknown version"
    integer = body[3:]
    n = 0
    while len(str(256**n - 1)) < len(integer) or n == 0:
        n += 1
    assert len(str(256**n - 1)) == len(integer) and int(integer) < 256**n
    return int(integer).to_bytes(n, "big")


def jws(kid, dictionary, signature, payload, alg):
    header = '{"alg":"%s","dict":"%s","kid":"%s","typ":"yz-license","zip":"DEF"}' % (alg, dictionary, kid)
    return ".".join((b64(header.encode()), b64(payload), b64(signature)))


class Claims:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def uvarint(self):
        value = shift = 0
        while True:
            b = self.byte()
            value |= (b & 0x7F) << shift
            shift += 7
            if b < 0x80:
                return value

    def varint(self):
        n = self.uvarint()
        return n >> 1 if n & 1 == 0 else -(n >> 1) - 1

    def text(self):
        s = ""
        while True:
            b = self.byte()
            if b == 0:
                return s
            elif b <= 0x64:
                s += "%02d" % (b - 1)
            elif b <= 0x6E:
                s += str(b - 0x65)
            elif b <= 0x8A:
                s += SINGLES[b - 0x6F]
            elif b <= 0xA4:
                s += chr(ord("A") + b - 0x8B)
            elif b <= 0xF6:
                s += chr((0x4E + b - 0xA5) << 8 | self.byte())
            elif b <= 0xFB:
                s += chr(PAGES[b - 0xF7] << 8 | self.byte())
            else:
                high = self.byte()
                s += chr((b - 0xFC) << 16 | high << 8 | self.byte())


def day(n):
    return datetime.date(1999, 12, 31) + datetime.timedelta(days=n)


def years_on(d, years):
    try:
        return d.replace(year=d.year + years)
    except ValueError:  # 29 February
        return datetime.date(d.year + years, 3, 1)


def until(code, start):
    if code == 0:
        return None
    if code <= 30:
        return years_on(start, code) - datetime.timedelta(days=1)
    return datetime.date(start.year + code - 31, 12, 31)


def credit(stem):
    return stem + CREDIT[-sum(CREDIT.index(c) * 3**i for i, c in enumerate(stem)) % 31]


def identifier(type_code, issuer, serial, version):
    p = 36
    for c in type_code + issuer + serial + "%03d" % version:
        p = (p + int(c, 36)) % 36 or 36
        p = p * 2 % 37
    check = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(37 - p) % 36]
    return ".".join(("1.2.156.3005.2", type_code, issuer, serial, "%03d" % version, check))


def read_license(data):
    c = Claims(data)
    flags = c.byte()
    l = {"region": c.text(), "issuer": c.text()}
    issuer_code, type_code = c.text(), c.text()
    l["catalogue"], l["industry"] = c.text(), c.text()
    serial = c.text()
    l["number"] = c.text() if flags & 2 else l["region"] + serial
    l["identifier"] = identifier(type_code, issuer_code, serial, c.uvarint())
    l["statusIndex"] = c.uvarint()
    before = c.byte() << 8 | c.byte()
    l["issueDate"] = str(day(before))
    if flags & 1:
        l["demonstration"] = True
    representative = c.text()
    l["holder"] = h = {"name": c.text(), "creditCode": credit(c.text()), "representative": representative}
    h["premises"] = c.text()
    l["permits"] = []
    while c.at < len(data):
        terms = c.byte()
        p = {"matter": c.text(), "authority": c.text(), "number": c.text(), "scope": c.text()}
        before += c.varint()
        p["validFrom"] = str(day(before))
        if terms & 0x3F == 62:
            p["validUntil"] = str(day(before + c.uvarint()))
        elif terms & 0x3F:
            p["validUntil"] = str(until(terms & 0x3F, day(before)))
        if terms & 0x80:
            p["commitment"] = True
        more = c.byte() if terms & 0x40 else 0
        if more & 1:
            p["conditions"] = c.text()
        if more & 2:
            p["premises"] = c.text()
        if more & 4:
            p["premises"] = h["premises"]
        l["permits"].append(p)
    return l


def signing_input(typ, kid, payload, alg):
    header = '{"alg":"%s","kid":"%s","typ":"%s"}' % (alg, kid, typ)
    return b64(header.encode()) + "." + b64(payload)


def read_statement(b):
    """Gives the statement, what is signed, and the bytes of the license code."""
    kid, signature, c = b64(b[1:7]), b[7:71], Claims(b[71:])
    s = {"at": int.from_bytes(bytes(c.byte() for _ in range(4)), "big"), "keyID": kid, "signature": signature.hex()}
    if b[0] == 1:
        s["kind"] = "yz-presentation"
        s["nonce"] = bytes(c.byte() for _ in range(8)).hex()
    else:
        assert b[0] == 2, "unknown version"
        s["kind"] = "yz-copy"
        s["until"] = str(day(c.byte() << 8 | c.byte()))
        for name in ("maker", "recipient", "purpose"):
            text = c.text()
            if text:
                s[name] = text
    content, code = b[71 : 71 + c.at], b[71 + c.at :]
    s["signingInput"] = signing_input(s["kind"], kid, hashlib.sha256(code).digest() + content, "ES256")
    return s, code


def check_statements(answers):
    for answer in json.load(open(answers, encoding="utf-8")):
        got, code = read_statement(to_bytes(answer.pop("digits"), "2"))
        assert code == to_bytes(answer.pop("license"))
        assert got == answer, (got, answer)
        print("%s by %s" % (got["kind"], got["keyID"]))


def check_codes(answers, dictionaries):
    for answer in json.load(open(answers, encoding="utf-8")):
        b = to_bytes(answer["digits"])
        kid, name, signature, payload = b64(b[:6]), b64(b[6:14]), b[14:78], b[78:]
        dictionary = open("%s/%s.bin" % (dictionaries, name), "rb").read()
        assert b64(hashlib.sha256(dictionary).digest()[:8]) == name
        inflater = zlib.decompressobj(wbits=-15, zdict=dictionary)
        claims = inflater.decompress(payload, 16384)
        assert inflater.eof and not inflater.unused_data
        assert kid == answer["keyID"] and claims.hex() == answer["claims"]
        assert jws(kid, name, signature, payload, "ES256").startswith(b64(answer["header"].encode()) + ".")
        got = read_license(claims)
        assert got == answer["license"], (got, answer["license"])
        print("%s: %d permits" % (got["identifier"], len(got["permits"])))


check_codes(sys.argv[1] + "/codes.json", sys.argv[2])
check_statements(sys.argv[1] + "/statements.json")
