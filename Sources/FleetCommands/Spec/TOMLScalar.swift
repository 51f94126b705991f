import FleetCore

/// Makes out what a bare word of TOML is: true or false, a number, a date, a time.
enum TOMLScalar {
    /// What a word is.
    enum Reading {
        case content(DocumentValue.Content)
        /// A number that is larger than there are.
        case outOfRange
        /// Nothing that TOML knows.
        case unknown
    }

    typealias Word = Slice<UnsafeBufferPointer<UInt8>>

    static func read(_ word: Word) -> Reading {
        switch String(decoding: word, as: UTF8.self) {
        case "true": return .content(.bool(true))
        case "false": return .content(.bool(false))
        case "inf", "+inf", "-inf", "nan", "+nan", "-nan": return .content(.other("a number that is not finite"))
        default: break
        }
        if let radix = radix(word) { return prefixed(word.dropFirst(2), radix: radix) }
        if isDate(word.prefix(10)) {
            return word.count == 10 || isTimeAfterDate(word.dropFirst(10)) ? .content(.other("a date")) : .unknown
        }
        if let rest = time(word) { return rest.isEmpty ? .content(.other("a time")) : .unknown }
        return number(word)
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    // MARK: - Numbers

    private static func radix(_ word: Word) -> Int? {
        guard word.count > 2, word.first == UInt8(ascii: "0") else { return nil }
        return switch word[word.startIndex + 1] {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
    }

    private static func prefixed(_ word: Word, radix: Int) -> Reading {
        let digits = word.filter { $0 != UInt8(ascii: "_") }
        let isWellFormed =
            areUnderscoresInside(word)
            && digits.allSatisfy { byte in
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
                return digit.map { $0 < radix } ?? false
            }
        guard isWellFormed else { return .unknown }
        return Int64(String(decoding: digits, as: UTF8.self), radix: radix).map { .content(.integer($0)) }
            ?? .outOfRange
    }

    /// A whole number, or one with a fraction or an exponent, in the decimal system.
    private static func number(_ word: Word) -> Reading {
        var rest = word
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let whole = digits(&rest), whole.count == 1 || whole.first != UInt8(ascii: "0") else { return .unknown }
        let isWhole = rest.isEmpty
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits(&rest) != nil else { return .unknown }
        }
        if let first = rest.first, first | 0x20 == UInt8(ascii: "e") {
            rest = rest.dropFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
            guard digits(&rest) != nil else { return .unknown }
        }
        guard rest.isEmpty else { return .unknown }
        let text = String(decoding: word.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        if isWhole { return Int64(text).map { .content(.integer($0)) } ?? .outOfRange }
        guard let value = Double(text), value.isFinite else { return .outOfRange }
        return .content(.number(value))
    }

    /// Takes digits with single underscores between them.
    private static func digits(_ rest: inout Word) -> Word? {
        let taken = rest.prefix { isDigit($0) || $0 == UInt8(ascii: "_") }
        guard !taken.isEmpty, areUnderscoresInside(taken) else { return nil }
        rest = rest[taken.endIndex...]
        return taken
    }

    private static func areUnderscoresInside(_ word: Word) -> Bool {
        var before = UInt8(ascii: "_")
        for byte in word {
            if byte == UInt8(ascii: "_"), before == byte { return false }
            before = byte
        }
        return before != UInt8(ascii: "_")
    }

    // MARK: - Dates

    /// Whether it is `1979-05-27`, a day that there is.
    static func isDate(_ word: Word) -> Bool {
        let start = word.startIndex
        guard word.count == 10, word[start + 4] == UInt8(ascii: "-"), word[start + 7] == UInt8(ascii: "-"),
            let year = value(word, 0..<4), let month = value(word, 5..<7), let day = value(word, 8..<10)
        else { return false }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...12).contains(month) && (1...days[month - 1]).contains(day)
    }

    /// Whether `T07:32:00.999+01:00` is what follows a date.
    private static func isTimeAfterDate(_ word: Word) -> Bool {
        guard let first = word.first, first == UInt8(ascii: " ") || first | 0x20 == UInt8(ascii: "t"),
            var rest = time(word.dropFirst())
        else { return false }
        if rest.isEmpty { return true }
        if rest.count == 1, let last = rest.first { return last | 0x20 == UInt8(ascii: "z") }
        guard rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-"), rest.count == 6 else { return false }
        rest = rest.dropFirst()
        guard let hours = value(rest, 0..<2), let minutes = value(rest, 3..<5) else { return false }
        return rest[rest.startIndex + 2] == UInt8(ascii: ":") && hours < 24 && minutes < 60
    }

    /// What follows `07:32:00.999`; nil where the word does not begin with a time of the day.
    private static func time(_ word: Word) -> Word? {
        let start = word.startIndex
        guard word.count >= 8, word[start + 2] == UInt8(ascii: ":"), word[start + 5] == UInt8(ascii: ":"),
            let hours = value(word, 0..<2), let minutes = value(word, 3..<5), let seconds = value(word, 6..<8),
            hours < 24, minutes < 60, seconds <= 60
        else { return nil }
        let rest = word.dropFirst(8)
        guard rest.first == UInt8(ascii: ".") else { return rest }
        let fraction = rest.dropFirst().prefix(while: isDigit)
        return fraction.isEmpty ? nil : rest.dropFirst(1 + fraction.count)
    }

    /// The number that some digits of a word make.
    private static func value(_ word: Word, _ range: Range<Int>) -> Int? {
        var value = 0
        for index in range {
            let byte = word[word.startIndex + index]
            guard isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
