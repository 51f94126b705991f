package import FleetCore

/// Writes JSON without spaces, as the lines of the ledger have it.
package struct JSONLineWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer.
    package init() {}

    /// An object as one line, without the newline.
    package static func object(_ content: (inout JSONLineWriter) -> Void) -> [UInt8] {
        var writer = JSONLineWriter()
        writer.object(content)
        return writer.bytes
    }

    /// Forgets what was written, and keeps the room.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Appends bytes as they are.
    mutating func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends bytes as they are.
    mutating func raw(_ content: some Collection<UInt8>) { bytes.append(contentsOf: content) }

    /// Appends the checksum of what stands from `start` on, as the last member, and closes the record.
    @discardableResult
    mutating func seal(from start: Int) -> UInt32 {
        let checksum = bytes.withUnsafeBufferPointer { CRC32C.checksum(UnsafeBufferPointer(rebasing: $0[start...])) }
        raw(#","crc":""#)
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            bytes.append(Self.hexadecimal(UInt8(truncatingIfNeeded: checksum >> shift) & 0xf))
        }
        raw("\"}\n")
        needsComma = false
        return checksum
    }

    static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }

    // MARK: Values

    /// Appends an object.
    package mutating func object(_ content: (inout JSONLineWriter) -> Void) {
        separate()
        open("{")
        content(&self)
        close("}")
    }

    /// Appends an array with one value for each element.
    package mutating func array<Element>(_ elements: [Element], _ value: (inout JSONLineWriter, Element) -> Void) {
        separate()
        open("[")
        for element in elements { value(&self, element) }
        close("]")
    }

    /// Appends a text.
    package mutating func value(_ text: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { content in
            if content.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: content)
            } else {
                for byte in content { escape(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a whole number.
    package mutating func value(_ number: some BinaryInteger) {
        separate()
        digits(Int64(number))
    }

    /// Appends a number, in the shortest form that reads back the same; `null` for what JSON cannot say.
    package mutating func value(_ number: Double) {
        separate()
        guard number.isFinite else { return raw("null") }
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return digits(whole) }
        bytes.append(contentsOf: number.description.utf8)
    }

    /// Appends a truth value.
    package mutating func value(_ flag: Bool) {
        separate()
        raw(flag ? "true" : "false")
    }

    /// Appends a moment as RFC 3339 text.
    package mutating func value(_ time: Timestamp) { value(time.rfc3339) }

    /// Appends `null`.
    package mutating func null() {
        separate()
        raw("null")
    }

    // MARK: Members

    /// Appends the name of a member, of letters, digits and `_`; its value comes next.
    package mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        raw(name)
        raw("\":")
        needsComma = false
    }

    /// Appends the name of a member; its value comes next.
    package mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func digits(_ number: Int64) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        var rest = number.magnitude
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw(#"\""#)
        case UInt8(ascii: "\\"): raw(#"\\"#)
        case UInt8(ascii: "\n"): raw(#"\n"#)
        case UInt8(ascii: "\r"): raw(#"\r"#)
        case UInt8(ascii: "\t"): raw(#"\t"#)
        case 0..<0x20:
            raw(#"\u00"#)
            bytes.append(Self.hexadecimal(byte >> 4))
            bytes.append(Self.hexadecimal(byte & 0xf))
        default: bytes.append(byte)
        }
    }
}

extension JSONLineWriter {
    /// Appends a member.
    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        value(text)
    }

    /// Appends a member.
    package mutating func member(_ name: StaticString, _ id: some Identifier) {
        key(name)
        value(id.rawValue)
    }

    /// Appends a member.
    package mutating func member(_ name: StaticString, _ number: some BinaryInteger) {
        key(name)
        value(number)
    }

    /// Appends a member.
    package mutating func member(_ name: StaticString, _ number: Double) {
        key(name)
        value(number)
    }

    /// Appends a member.
    package mutating func member(_ name: StaticString, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// Appends a member.
    package mutating func member(_ name: StaticString, _ time: Timestamp) {
        key(name)
        value(time)
    }

    /// Appends a member whose value is an object.
    package mutating func member(_ name: StaticString, _ content: (inout JSONLineWriter) -> Void) {
        key(name)
        object(content)
    }

    /// Appends a member whose value is an array.
    package mutating func member<Element>(
        _ name: StaticString,
        _ elements: [Element],
        _ element: (inout JSONLineWriter, Element) -> Void
    ) {
        key(name)
        array(elements, element)
    }

    /// Appends a member whose value is an object of texts, in the order of their names.
    package mutating func member(_ name: StaticString, _ texts: [String: String]) {
        member(name) { writer in
            for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.value(text)
            }
        }
    }
}
