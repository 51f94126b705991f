/// A moment, in milliseconds since 1970 in UTC.
///
/// It comes from outside: this module has no clock.
public struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var milliseconds: Int64

    /// A moment by its milliseconds since 1970.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Orders moments by time.
    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment so many seconds later, to the millisecond; the far future where that is out of range.
    public func adding(seconds: Double) -> Self {
        let delta = (seconds * 1_000).rounded()
        guard delta.magnitude < 4e18 else { return Self(milliseconds: delta < 0 ? .min : .max) }
        let (sum, overflow) = milliseconds.addingReportingOverflow(Int64(delta))
        return Self(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }

    /// Seconds from another moment to this one.
    public func seconds(since other: Self) -> Double {
        (Double(milliseconds) - Double(other.milliseconds)) / 1_000
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment in RFC 3339 form.
    public var description: String { rfc3339 }

    /// The moment as `2026-01-31T23:59:59.999Z` (RFC 3339, UTC, milliseconds); years are held to 0000–9999.
    public var rfc3339: String {
        let range = Self.firstOfYear0...Self.lastOfYear9999
        let total = min(max(milliseconds, range.lowerBound), range.upperBound)
        let days = total >= 0 ? total / 86_400_000 : (total - 86_399_999) / 86_400_000
        let rest = total - days * 86_400_000
        let date = CivilDate(daysSince1970: days)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var at = 0
            func put(_ value: Int64, digits: Int, then separator: Character) {
                var value = value
                for position in stride(from: at + digits - 1, through: at, by: -1) {
                    buffer[position] = UInt8(ascii: "0") + UInt8(value % 10)
                    value /= 10
                }
                buffer[at + digits] = separator.asciiValue ?? 0
                at += digits + 1
            }
            put(date.year, digits: 4, then: "-")
            put(date.month, digits: 2, then: "-")
            put(date.day, digits: 2, then: "T")
            put(rest / 3_600_000, digits: 2, then: ":")
            put(rest / 60_000 % 60, digits: 2, then: ":")
            put(rest / 1_000 % 60, digits: 2, then: ".")
            put(rest % 1_000, digits: 3, then: "Z")
            return at
        }
    }

    private static let firstOfYear0: Int64 = -62_167_219_200_000
    private static let lastOfYear9999: Int64 = 253_402_300_799_999

    /// Reads RFC 3339 text in UTC (`Z`), with no fraction or one of any length, cut to milliseconds; nil for all else.
    public init?(rfc3339 text: some StringProtocol) {
        var text = String(text)
        let parsed = text.withUTF8 { Self.parse($0) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// Reads RFC 3339 text in UTC from bytes, as a reader of records has them.
    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Self? {
        guard bytes.count >= 20, bytes[bytes.count - 1] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for index in range {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int64(digit)
            }
            return value
        }
        guard bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, year: year),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            guard bytes[19] == UInt8(ascii: "."), bytes.count > 21,
                let digits = number(20..<min(bytes.count - 1, 23)),
                bytes[20..<bytes.count - 1].allSatisfy({ $0 &- UInt8(ascii: "0") < 10 })
            else { return nil }
            fraction = digits
            for _ in min(bytes.count - 1, 23)..<23 { fraction *= 10 }
        }
        let days = CivilDate(year: year, month: month, day: day).daysSince1970
        return Self(milliseconds: ((days * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + fraction)
    }
}

/// A date of the proleptic Gregorian calendar; after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
