import TestSupport
import Testing

@testable import FleetLibSSH2

@Suite("Base64 of known hosts")
struct Base64Tests {
    /// The vectors of RFC 4648, section 10.
    static let vectors = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test("has the vectors of the standard", arguments: vectors)
    func vector(_ plain: String, _ text: String) {
        #expect(Base64.encoded(plain.utf8) == Array(text.utf8))
        #expect(Base64.decoded(text.utf8) == Array(plain.utf8))
    }

    @Test("reads across white space, as the C library does")
    func whiteSpace() {
        #expect(Base64.decoded("Z m\t9\nv\u{0B}Y\u{0C}g = =\r".utf8) == Array("foob".utf8))
    }

    @Test(
        "refuses what is none",
        arguments: [
            "Z", "Zg", "Zg=", "Zm8", "Zm8==", "Zm9v=", "Zg===", "=", "====", "Zg==Zg==", "Zm9v!", "Zm-v", "Zm_v",
            "Zh==", "Zm9=", "Zg=x=", "\u{E9}m9v",
        ]
    )
    func refusal(_ text: String) { #expect(Base64.decoded(text.utf8) == nil) }

    @Test("gives back what it was given")
    func roundTrip() {
        var random = SeededGenerator(seed: 11)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(Base64.decoded(Base64.encoded(bytes)) == bytes)
        }
    }
}
