/// A public key of a host, as it travels and as known hosts hold it (RFC 4253, section 6.6): read, and checked as far as
/// OpenSSH checks one that it reads.
package struct HostKey: Sendable, Equatable {
    /// Its type, also where it stands in a certificate.
    package let type: HostKeyType
    /// Whether it stands in a certificate, the rest of which is not looked at.
    let isCertificate: Bool
    /// What makes the key: numbers without leading zeros, and for others their bytes.
    private let parts: [[UInt8]]

    /// Fewer bits make no key of RSA to OpenSSH (`RequiredRSASize` in `ssh_config(5)` cannot be less).
    static let leastRSABits = 1024
    /// More bytes make no number to OpenSSH.
    private static let numberLimit = 16_384 / 8

    /// Reads a key.
    ///
    /// - Throws: ``KnownHosts/Fault`` where it is none, or of a type that nobody knows.
    init(_ blob: [UInt8]) throws(KnownHosts.Fault) {
        var fields = Fields(blob)
        guard let name = fields.string(), let named = HostKeyType.named(name) else {
            throw KnownHosts.Fault("the key's type is unknown")
        }
        type = named.type
        isCertificate = named.isCertificate
        let nonce = isCertificate ? fields.string() : []
        guard nonce != nil, let parts = Self.parts(of: named.type, &fields),
            fields.isAtEnd != isCertificate
        else { throw KnownHosts.Fault("the key is damaged") }
        self.parts = parts
    }

    /// Whether both are the same key, also where one of them stands in a certificate.
    func isSameKey(as other: HostKey) -> Bool { type == other.type && parts == other.parts }

    /// The name of a key's type, also of one that cannot be read; nil where it has none that can be shown.
    package static func typeName(of blob: [UInt8]) -> String? {
        var fields = Fields(blob)
        guard let name = fields.string(), (1...64).contains(name.count), name.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            return nil
        }
        return String(decoding: name, as: UTF8.self)
    }

    private static func parts(of type: HostKeyType, _ fields: inout Fields) -> [[UInt8]]? {
        switch type {
        case .ed25519:
            return point25519(&fields).map { [$0] }
        case .securityEd25519:
            return point25519(&fields).flatMap { key in fields.string().map { [key, Array($0)] } }
        case .ecdsa256, .ecdsa384, .ecdsa521:
            return point(on: type, &fields).map { [$0] }
        case .securityECDSA:
            return point(on: type, &fields).flatMap { key in fields.string().map { [key, Array($0)] } }
        case .rsa:
            guard let numbers = numbers(2, &fields), let modulus = numbers.last, let first = modulus.first,
                modulus.count * 8 - first.leadingZeroBitCount >= leastRSABits
            else { return nil }
            return numbers
        case .dss:
            return numbers(4, &fields)
        }
    }

    private static func point25519(_ fields: inout Fields) -> [UInt8]? {
        fields.string().flatMap { $0.count == 32 ? Array($0) : nil }
    }

    private static func point(on type: HostKeyType, _ fields: inout Fields) -> [UInt8]? {
        guard let curve = type.curve, let name = fields.string(), name.elementsEqual(curve.utf8),
            let point = fields.string(), CurvePoint.isValid(point, curve: curve)
        else { return nil }
        return Array(point)
    }

    private static func numbers(_ count: Int, _ fields: inout Fields) -> [[UInt8]]? {
        var numbers: [[UInt8]] = []
        for _ in 0..<count {
            // Two's complement (RFC 4251, section 5): none of them is negative.
            guard let field = fields.string(), field.first.map({ $0 < 0x80 }) ?? true else { return nil }
            let number = field.drop { $0 == 0 }
            guard number.count <= numberLimit, field.count <= numberLimit + 1 else { return nil }
            numbers.append(Array(number))
        }
        return numbers
    }

    /// The parts of a key: each a length of four bytes, and as many bytes.
    private struct Fields {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) { rest = bytes[...] }

        var isAtEnd: Bool { rest.isEmpty }

        /// The next part; nil where there is no whole one.
        mutating func string() -> ArraySlice<UInt8>? {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(length) }
            return rest.prefix(length)
        }
    }
}
