import FleetCore
import TestSupport
import Testing

/// Moments as text and as numbers.
@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_709_164_800_001, "2024-02-29T00:00:00.001Z"), (1_767_225_599_999, "2025-12-31T23:59:59.999Z"),
            (-2_208_988_800_000, "1900-01-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)]
    )
    func isWrittenAndRead(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
        #expect("\(Timestamp(milliseconds: milliseconds))" == text)
        #expect(Timestamp(rfc3339: text) == Timestamp(milliseconds: milliseconds))
    }

    @Test func everyDayOfFourCenturiesIsReadAsItIsWritten() {
        for day in stride(from: Int64(-73_050), to: 73_050, by: 1) {
            let time = Timestamp(milliseconds: day * 86_400_000 + (day & 1) * 86_399_999)
            guard Timestamp(rfc3339: time.rfc3339) == time else {
                Issue.record("\(time)")
                return
            }
        }
    }

    @Test(arguments: [0x7135_7a3b, 0x1357_9bdf] as [UInt64]) func randomMomentsAreReadAsTheyAreWritten(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let time = Timestamp(
                milliseconds: .random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            )
            #expect(Timestamp(rfc3339: time.rfc3339) == time, "seed \(seed)")
        }
    }

    @Test(arguments: [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"), ("2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100Z"),
        ("2026-01-02T03:04:05.12Z", "2026-01-02T03:04:05.120Z"),
        ("2026-01-02T03:04:05.9999Z", "2026-01-02T03:04:05.999Z"),
        ("2026-01-02T03:04:05.123456789012345678901234567890Z", "2026-01-02T03:04:05.123Z"),
    ])
    func fractionIsCutToMilliseconds(text: String, expected: String) {
        #expect(Timestamp(rfc3339: text)?.rfc3339 == expected)
    }

    @Test(arguments: [
        "", "Z", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04:05.Z", "2026-01-02 03:04:05Z",
        "2026-01-02T03:04:05z",
        "2026-01-02T03:04:05+00:00", "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "2026-02-29T03:04:05Z",
        "1900-02-29T03:04:05Z", "2026-04-31T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-02T24:04:05Z",
        "2026-01-02T03:60:05Z",
        "2026-01-02T03:04:60Z", "-026-01-02T03:04:05Z", "+2026-01-02T03:04:05Z", "2026-01-02T03:04:05.-1Z",
        "2026-01-02T03:04:05,123Z", "２026-01-02T03:04:05Z", "2026-01-02T03:04:05.12a4Z",
        "2026-01-02T03:04:05.123456789012345678x9Z", "2026-01-02T03:04:05.123Z ", " 2026-01-02T03:04:05.123Z",
    ])
    func anythingElseIsNone(_ text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test(arguments: [.min, .max, 253_402_300_800_000, -62_167_219_200_001] as [Int64])
    func farMomentsAreHeldToFourDigitsOfYear(milliseconds: Int64) {
        let text = Timestamp(milliseconds: milliseconds).rfc3339
        #expect(text == (milliseconds < 0 ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"))
    }

    @Test func secondsAreAddedToTheMillisecond() {
        let time = Timestamp(milliseconds: 1_000)
        #expect(time.adding(seconds: 1.0004).milliseconds == 2_000)
        #expect(time.adding(seconds: -2.5).milliseconds == -1_500)
        #expect(time.adding(seconds: .infinity).milliseconds == .max)
        #expect(time.adding(seconds: -.infinity).milliseconds == .min)
        #expect(time.adding(seconds: 1e30).milliseconds == .max)
        #expect(Timestamp(milliseconds: .max).adding(seconds: 1).milliseconds == .max)
        #expect(Timestamp(milliseconds: .min).adding(seconds: -1).milliseconds == .min)
        #expect(Timestamp(milliseconds: 2_500).seconds(since: time) == 1.5)
    }
}
