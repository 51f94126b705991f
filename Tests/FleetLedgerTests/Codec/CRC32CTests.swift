import FleetLedger
import TestSupport
import Testing

/// CRC-32C against published vectors (RFC 3720, appendix B.4), and against a bit by bit computation.
@Suite struct CRC32CTests {
    private static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBufferPointer { CRC32C.checksum($0) } }

    @Test(
        arguments: [
            ([], 0), (Array("123456789".utf8), 0xe306_9283), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43), (Array(0..<32), 0x46dd_794e),
            (Array((0..<32).reversed()), 0x113f_db5c),
            (
                [
                    0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                    0x14,
                    0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28,
                    0x00,
                    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                ], 0xd996_3a56
            ),
        ] as [([UInt8], UInt32)]
    )
    func publishedVector(bytes: [UInt8], checksum: UInt32) { #expect(Self.checksum(bytes) == checksum) }

    @Test func everyLengthAndAlignmentIsRight() {
        var generator = SeededGenerator(seed: 7)
        let bytes = (0..<80).map { _ in UInt8.random(in: 0...255, using: &generator) }
        for start in 0..<9 {
            for end in start...bytes.count {
                var expected = ~UInt32(0)
                for byte in bytes[start..<end] {
                    expected ^= UInt32(byte)
                    for _ in 0..<8 { expected = expected & 1 == 1 ? expected >> 1 ^ 0x82f6_3b78 : expected >> 1 }
                }
                let found = bytes.withUnsafeBufferPointer {
                    CRC32C.checksum(UnsafeBufferPointer(rebasing: $0[start..<end]))
                }
                #expect(found == ~expected)
            }
        }
    }
}
