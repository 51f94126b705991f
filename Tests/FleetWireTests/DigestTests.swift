import FleetWire
import Testing

/// Vectors of FIPS 180-4 (as published with the standard) and of RFC 4231.
@Suite struct DigestTests {
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ])
    func standardVector(text: String, expected: String) {
        var digest = SHA256()
        digest.update(text.utf8)
        #expect(digest.hexDigest() == expected)
    }

    @Test func millionTimesA() {
        var digest = SHA256()
        for _ in 0..<1_000 { digest.update(repeatElement(UInt8(ascii: "a"), count: 1_000)) }
        #expect(digest.hexDigest() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func partsMakeTheSameDigestAsTheWhole() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var whole = SHA256()
        whole.update(bytes)
        for cut in 0...bytes.count {
            var parts = SHA256()
            parts.update(bytes.prefix(cut))
            parts.update(bytes.dropFirst(cut))
            #expect(parts.digest() == whole.digest())
        }
    }

    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            Array(1...25), [UInt8](repeating: 0xcd, count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.")
                    .utf8
            ),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func keyedVector(key: [UInt8], data: [UInt8], expected: String) {
        var code = HMACSHA256(key: key)
        code.update(data)
        #expect(SHA256.hex(code.code()) == expected)
    }

    /// Every length around the blocks, against another implementation: the digest of all 300 digests.
    @Test func everyLengthIsRight() {
        var all = SHA256()
        for length in 0..<300 {
            var digest = SHA256()
            digest.update((0..<length).map { UInt8(truncatingIfNeeded: $0 * 7 + length) })
            all.update(digest.digest())
        }
        #expect(all.hexDigest() == "d5238871a46ac4a1a75ac3fb19d645b0b3b9e5f35f5f720e2b240d605c6b694e")
    }

    @Test func digestOfAPartDoesNotEndIt() {
        var digest = SHA256()
        digest.update("ab".utf8)
        #expect(digest.hexDigest() == "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603")
        digest.update("c".utf8)
        #expect(digest.hexDigest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func variableIsTheCodeOverNameNULAndValue() {
        let code = HMACSHA256.variable(name: "LANG", value: "C.UTF-8", key: Array("key".utf8))
        #expect(code == "8e5260c793c10bd1764fd629f30dcc29fca33d196f26e8e069d14840ddbf5d55")
        #expect(code != HMACSHA256.variable(name: "LANGC", value: ".UTF-8", key: Array("key".utf8)))
    }

    @Test(arguments: [([], ""), ([0, 1, 15, 16, 255], "00010f10ff")] as [([UInt8], String)])
    func hexIsLowerCase(bytes: [UInt8], text: String) { #expect(SHA256.hex(bytes) == text) }
}
