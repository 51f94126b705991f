/// SHA-256 of bytes that come in parts (FIPS 180-4, section 6.2).
package struct SHA256: Sendable {
    /// Bytes of a digest.
    package static let digestLength = 32
    /// Bytes of a block, by which the digest and ``HMACSHA256`` work.
    static let blockLength = 64

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]

    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var pending: [UInt8] = []
    private var length: UInt64 = 0

    /// A digest of nothing yet.
    package init() {}

    /// Takes the next bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length &+= UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let missing = rest.prefix(SHA256.blockLength - pending.count)
            pending.append(contentsOf: missing)
            rest = rest.dropFirst(missing.count)
            guard pending.count == SHA256.blockLength else { return }
            pending.withUnsafeBytes { compress($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count / SHA256.blockLength * SHA256.blockLength
        if whole > 0 { compress(UnsafeRawBufferPointer(rebasing: rest.prefix(whole))) }
        pending.append(contentsOf: rest.dropFirst(whole))
    }

    /// Takes the next bytes.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        Array(bytes).withUnsafeBytes { update($0) }
    }

    /// The digest of all bytes taken so far; more may follow.
    package func digest() -> [UInt8] {
        var copy = self
        let bits = length &* 8
        var padding: [UInt8] = [0x80]
        let used = (pending.count + 1) % SHA256.blockLength
        padding.append(contentsOf: repeatElement(0, count: (56 - used + 64) % 64))
        appendBigEndian(bits, to: &padding)
        copy.update(padding)
        var digest: [UInt8] = []
        for index in 0..<8 { appendBigEndian(copy.state[index], to: &digest) }
        return digest
    }

    /// The digest in lower-case hex.
    package func hexDigest() -> String { SHA256.hex(digest()) }

    /// Bytes in lower-case hex.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Works through whole blocks.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        let state = self.state
        self.state = SHA256.constants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                var hash = state
                for block in stride(from: 0, to: blocks.count, by: SHA256.blockLength) {
                    for index in 0..<16 {
                        let word = blocks.loadUnaligned(fromByteOffset: block + index * 4, as: UInt32.self)
                        schedule.initializeElement(at: index, to: UInt32(bigEndian: word))
                    }
                    for index in 16..<64 {
                        let early = schedule[index - 15]
                        let late = schedule[index - 2]
                        let first = rotate(early, 7) ^ rotate(early, 18) ^ (early >> 3)
                        let second = rotate(late, 17) ^ rotate(late, 19) ^ (late >> 10)
                        schedule.initializeElement(
                            at: index,
                            to: schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
                        )
                    }
                    hash &+= SHA256.rounds(hash, schedule: schedule, constants: constants)
                }
                return hash
            }
        }
    }

    /// The 64 rounds over one block.
    @inline(__always)
    private static func rounds(
        _ start: SIMD8<UInt32>,
        schedule: UnsafeMutableBufferPointer<UInt32>,
        constants: UnsafeBufferPointer<UInt32>
    ) -> SIMD8<UInt32> {
        var a = start[0]
        var b = start[1]
        var c = start[2]
        var d = start[3]
        var e = start[4]
        var f = start[5]
        var g = start[6]
        var h = start[7]
        for index in 0..<64 {
            let big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ big1 &+ choice &+ constants[index] &+ schedule[index]
            let big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            h = g
            g = f
            f = e
            e = d &+ first
            d = c
            c = b
            b = a
            a = first &+ big0 &+ majority
        }
        return [a, b, c, d, e, f, g, h]
    }
}

@inline(__always)
private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 &- count) }
