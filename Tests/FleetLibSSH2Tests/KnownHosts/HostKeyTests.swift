import Testing

@testable import FleetLibSSH2

@Suite("Host keys")
struct HostKeyTests {
    static let samples: [(String, HostKeyType)] = [
        (SampleKeys.first, .ed25519), (SampleKeys.ecdsa256, .ecdsa256), (SampleKeys.ecdsa384, .ecdsa384),
        (SampleKeys.ecdsa521, .ecdsa521), (SampleKeys.rsa, .rsa), (SampleKeys.dss, .dss),
    ]

    @Test("have their type", arguments: samples)
    func type(_ key: String, _ type: HostKeyType) throws {
        #expect(try HostKey(SampleKeys.blob(key)).type == type)
        #expect(HostKey.typeName(of: SampleKeys.blob(key)) == type.rawValue)
    }

    @Test("no two samples are the same, and each is itself")
    func equality() throws {
        let keys = try (Self.samples.map(\.0) + [SampleKeys.second]).map { try HostKey(SampleKeys.blob($0)) }
        for (index, key) in keys.enumerated() {
            for (other, another) in keys.enumerated() { #expect((key == another) == (index == other)) }
        }
    }

    @Test("a certificate holds the same key, and is another one")
    func certificate() throws {
        let certificate = try HostKey(SampleKeys.blob(SampleKeys.certificate))
        let plain = try HostKey(SampleKeys.blob(SampleKeys.first))
        #expect(certificate.isCertificate && certificate != plain && certificate.isSameKey(as: plain))
    }

    @Test("zeros before a number make no difference")
    func leadingZeros() throws {
        var parts = SampleKeys.parts(SampleKeys.rsa)
        parts[1] = [0, 0] + parts[1]
        #expect(try HostKey(SampleKeys.blob(parts)) == HostKey(SampleKeys.blob(SampleKeys.rsa)))
    }

    @Test("keys of security keys are read")
    func securityKeys() throws {
        let point = SampleKeys.parts(SampleKeys.ecdsa256)[2]
        let (name, application) = (Array("nistp256".utf8), Array("ssh:".utf8))
        let curve = SampleKeys.blob([Array("sk-ecdsa-sha2-nistp256@openssh.com".utf8), name, point, application])
        #expect(try HostKey(curve).type == .securityECDSA)
        let key = [UInt8](repeating: 7, count: 32)
        let edwards = SampleKeys.blob([Array("sk-ssh-ed25519@openssh.com".utf8), key, application])
        #expect(try HostKey(edwards).type == .securityEd25519)
        let other = SampleKeys.blob([Array("sk-ssh-ed25519@openssh.com".utf8), key, Array("ssh:a".utf8)])
        #expect(try HostKey(edwards) != HostKey(other))
    }

    @Test("any part of a key is none", arguments: samples)
    func truncated(_ key: String, _ type: HostKeyType) {
        let blob = SampleKeys.blob(key)
        for length in 0..<blob.count {
            #expect(throws: KnownHosts.Fault.self) { try HostKey(Array(blob.prefix(length))) }
        }
        #expect(throws: KnownHosts.Fault.self) { try HostKey(blob + [0]) }
    }

    /// What is no point of P-256 that may be a key; the last is (0, √b), which is on the curve.
    static let badPoints: [(String, [UInt8])] = [
        ("the point at infinity", [0]),
        ("nothing", []),
        ("compressed", [3] + SampleKeys.parts(SampleKeys.ecdsa256)[2].dropFirst().prefix(32)),
        ("too short", Array(SampleKeys.parts(SampleKeys.ecdsa256)[2].dropLast())),
        ("too long", SampleKeys.parts(SampleKeys.ecdsa256)[2] + [0]),
        ("beside the curve", SampleKeys.parts(SampleKeys.ecdsa256)[2].dropLast() + [0]),
        (
            "one with a short number",
            [4] + [UInt8](repeating: 0, count: 32)
                + [
                    0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b, 0xb6,
                    0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f, 0x93, 0xf4,
                ]
        ),
    ]

    @Test("points that are no keys are refused", arguments: badPoints)
    func point(_ name: String, _ point: [UInt8]) {
        let blob = SampleKeys.blob([Array("ecdsa-sha2-nistp256".utf8), Array("nistp256".utf8), point])
        #expect(throws: KnownHosts.Fault.self) { try HostKey(blob) }
    }

    @Test("a curve that is not the type's is refused")
    func curve() {
        var parts = SampleKeys.parts(SampleKeys.ecdsa256)
        parts[1] = Array("nistp384".utf8)
        #expect(throws: KnownHosts.Fault.self) { try HostKey(SampleKeys.blob(parts)) }
    }

    @Test("a key of RSA has 1024 bits or more", arguments: [(127, 255, false), (128, 127, false), (128, 128, true)])
    func length(_ count: Int, _ first: Int, _ isKey: Bool) {
        let modulus = [0, UInt8(first)] + [UInt8](repeating: 1, count: count - 1)
        let blob = SampleKeys.blob([Array("ssh-rsa".utf8), [1, 0, 1], modulus])
        #expect(((try? HostKey(blob)) != nil) == isKey)
    }

    @Test(
        "a negative number, and one that is too long, are refused",
        arguments: [[0x80], [1] + .init(repeating: 0, count: 2048)]
    )
    func number(_ exponent: [UInt8]) {
        var parts = SampleKeys.parts(SampleKeys.rsa)
        parts[1] = exponent
        #expect(throws: KnownHosts.Fault.self) { try HostKey(SampleKeys.blob(parts)) }
    }

    @Test(
        "a type's name that cannot be shown is none",
        arguments: ["", "a b", "\u{1B}[31m", String(repeating: "a", count: 65)]
    )
    func typeName(_ name: String) { #expect(HostKey.typeName(of: SampleKeys.blob([Array(name.utf8)])) == nil) }
}
