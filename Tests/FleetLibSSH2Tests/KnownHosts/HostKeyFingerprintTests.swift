import Testing

@testable import FleetLibSSH2

@Suite("Fingerprints of host keys")
struct HostKeyFingerprintTests {
    /// As `ssh-keygen -l` of OpenSSH 9.2 prints them.
    static let fingerprints = [
        (SampleKeys.second, "SHA256:a4Mf0hzRjlKiJ0U4aiAOKK/vVDcd20/p12bx7CUrX7I"),
        (SampleKeys.ecdsa256, "SHA256:FKzRTGh6+cSwWzbgQFsEKPcOVuqI5l759PNJPsM336g"),
        (SampleKeys.ecdsa384, "SHA256:3ex0urcryFH4H/zB2/w2iW3rnyMh+KqWw16RQI6ttZk"),
        (SampleKeys.ecdsa521, "SHA256:G+qpbChRcGIS52EYPLYGmY5CiNO0SQsiUb0XDbN9HII"),
        (SampleKeys.rsa, "SHA256:2vPyCgyI7367mG/vzmtzcIGf8wSwilxoENgGxf38C0A"),
        (SampleKeys.first, "SHA256:WtiUmkznKv5OPBF4ExKTrJChsLe+ZVX6+7V8a+dUnys"),
    ]

    @Test("are those of ssh-keygen", arguments: fingerprints)
    func text(_ key: String, _ expected: String) {
        let fingerprint = HostKeyFingerprint(of: SampleKeys.blob(key))
        #expect(fingerprint.description == expected)
        #expect(fingerprint.isPinned(by: expected))
    }

    @Test("a pin is compared to the letter")
    func pin() {
        let fingerprint = HostKeyFingerprint(of: SampleKeys.blob(SampleKeys.rsa))
        let text = fingerprint.description
        let others = [
            "", "SHA256:", String(text.dropFirst(7)), text + "=", text.lowercased(), text + " ",
            String(text.dropLast()),
            HostKeyFingerprint(of: SampleKeys.blob(SampleKeys.first)).description, "MD5:" + text.dropFirst(7),
        ]
        for other in others { #expect(!fingerprint.isPinned(by: other), "\(other)") }
    }
}
