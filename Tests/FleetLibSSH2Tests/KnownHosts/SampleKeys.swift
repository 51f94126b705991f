@testable import FleetLibSSH2

/// Public keys for tests, each a type and base64 as a line of known hosts has them.
enum SampleKeys {
    /// A key of Ed25519, as `ssh-keygen` made it.
    static let first = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG4ckCDL2Il8+QI4whSU7jDmhcfmaHcV4IroiUP77L++"
    /// Another one.
    static let second = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKcUDOZ1CwXRkmh1p+vb0JLrIy3b3jkVsrIUhQgfxFe4"
    /// A key of ECDSA over P-256.
    static let ecdsa256 =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGH53P6KCiwdnUVxmUyjVKs2V5Qr"
        + "jNUSLRZ93CXtYda4jOQoxoG3yF91TkRYXYlEL7yEfswMASuuXsY5A2SEphk="
    /// A key of ECDSA over P-384.
    static let ecdsa384 =
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBNG5MtUwGq0bxXGDFfbPbvZab//W"
        + "wqtWjRjSXLOiFX0UpOCT0QD0zIQubYfJtcxWW4w5QdohTBIyXEwda0c0vQPhN2jL2dprbLRydigSZQ39jokaMNLguLR4hFcRrjR6"
        + "CA=="
    /// A key of ECDSA over P-521.
    static let ecdsa521 =
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAClWcsW6mkIgecJPBu+fF1NQdfk"
        + "SH3zFs2V/Nfg+PfwItjz6pvsujNcfVEIR4y0QPwko9tcHHvJggGTKoLqRb3IFgE1mfF2xCoE7bt8OEFriIVOUI56yEl3hKLF+49U"
        + "2cM0tdzqHsq1H5y4UHwVfwQjtSHlIv8h6sUO4yEwtjpXtCBW/A=="
    /// A key of RSA.
    static let rsa =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCeaoZCnRlGh5ZY2bCfJ6AEyclGBoQ8Dl82xCdEgA92jFQ5IxsSjg3q6jpD2U23"
        + "qAGTNOndTKLas1t/jwKPl4eg0YByCViij5tsI4SJTVD9E/gZniOkYsrmm/qXMa6FX+R6a3Cc+8JGTkZ9XY81cV5IA76CnMRZertx"
        + "rckVg77HtEIIUnPP8j8PU25/5pqPK9b21IDWfdH3dO2lx4NJSjP03XTlSVwZvMd3HLGB3fNPiMlnM6uJzKXlNhUL0GW3DxD/C3Od"
        + "fHHHMUH7uLIslvSUBL67rr7vdo2KXhgadtRrOH9XL93N1PU/uBA0L5bo/F7sNJ9MywT88Gl+6C92/ahp"
    /// A key of DSA.
    static let dss =
        "ssh-dss AAAAB3NzaC1kc3MAAACBAPlDKxsDHa2EIPSyqEjstEwxKLnzvBT7SRGACEgrboqwPHdIeLjS2gLPrRqeAMLVhB+Cc2pX"
        + "rHMABOqzolUYfPB9KY4wF3hZUuHzzA5tjPPZZs8e6lNE0M9loaB5QdRrz/mB7EN9/DtA/eXXx3Jp/JnUiBBjw3BVEbisPKKfG3qD"
        + "AAAAFQD4ap2I+izO3DXVB3hef0hdB9T67QAAAIEA3msDs3OMdwfLXDPMkMsmPpi97QlEGUKiHdhzj7TC7eLLDYX7PEnHmnib6Sd9"
        + "lzW0ZxRjXhwfBzqTTV8evcKKp5E0BWiZdrotkCyuegz9Jg7ME79sKysh6mX4ydnYtVQA3AqHk1XNnzlOcm1InBLj9HdL0wXrQbrV"
        + "QB57NZIM3iwAAACBAI34VPKqkGZZr9kPHnvYWc3eFH7tfz05Wfl0X7DToCGhr0qNAy670x2VCO8oDdIUyzldjI+P2KIdWukUQXAX"
        + "7DeupDn/K34o9/FlK7bRLI6ZPtClh3mfsL8tsnTmCpX4t0cfhNRc1gi7IlWEIlOrhzIOkzLpz6zsQUAvyFUkoM3T"
    /// A certificate of ``first``.
    static let certificate =
        "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIB9E7KtdnZh6pjp"
        + "boqjPlktfIo4vMiCPdO8qYUksvPNmAAAAIG4ckCDL2Il8+QI4whSU7jDmhcfmaHcV4IroiUP77L++AAAAAAAAAAAAAAACAAAABGh"
        + "vc3QAAAANAAAACWEuZXhhbXBsZQAAAAAAAAAA//////////8AAAAAAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIEvnDms"
        + "6IU4ZSTkqsBNtbK85YFbAEzKsoIWCtb7dRJ1dAAAAUwAAAAtzc2gtZWQyNTUxOQAAAECeWYIucZX3xZ75MHLMVMFU3uTx2SHHXak"
        + "DOJMyWOqdzjxOaK3Bv7Q4jsVEFQtniHisFwlC6V6JlNGXvT0A8AcF"

    /// The key of a line's end.
    static func blob(_ key: String) -> [UInt8] {
        Base64.decoded(key.utf8.drop { $0 != UInt8(ascii: " ") }) ?? []
    }

    /// A key of its parts, with a type before it.
    static func line(_ type: String, _ parts: [UInt8]..., inner: String? = nil) -> String {
        "\(type) \(text(blob([Array((inner ?? type).utf8)] + parts)))"
    }

    /// A key of its parts.
    static func blob(_ parts: [[UInt8]]) -> [UInt8] {
        parts.flatMap { part in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: part.count >> $0) } + part
        }
    }

    /// Bytes as base64.
    static func text(_ bytes: [UInt8]) -> String { String(decoding: Base64.encoded(bytes), as: UTF8.self) }

    /// The parts of a key.
    static func parts(_ key: String) -> [[UInt8]] {
        var (parts, rest) = ([[UInt8]](), blob(key)[...])
        while rest.count >= 4 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            parts.append(Array(rest.dropFirst(4).prefix(length)))
            rest = rest.dropFirst(4 + length)
        }
        return parts
    }
}
