/// Writes tagged fields: one byte of tag, four bytes of length (big endian), the content.
///
/// An older reader skips tags that it does not know, so fields may be added but never renumbered.
package struct WireWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// An empty writer.
    package init() {}

    /// Appends raw content under `tag`.
    package mutating func field(_ tag: UInt8, _ content: [UInt8]) {
        bytes.append(tag)
        appendBigEndian(UInt32(truncatingIfNeeded: content.count), to: &bytes)
        bytes.append(contentsOf: content)
    }

    /// Appends UTF-8 text.
    package mutating func field(_ tag: UInt8, _ text: String) {
        bytes.append(tag)
        let utf8 = text.utf8
        appendBigEndian(UInt32(truncatingIfNeeded: utf8.count), to: &bytes)
        bytes.append(contentsOf: utf8)
    }

    /// Appends an unsigned number as eight bytes, big endian.
    package mutating func field(_ tag: UInt8, _ number: UInt64) {
        bytes.append(tag)
        appendBigEndian(UInt32(8), to: &bytes)
        appendBigEndian(number, to: &bytes)
    }

    /// Appends a signed number as its two's complement.
    package mutating func field(_ tag: UInt8, _ number: Int64) { field(tag, UInt64(bitPattern: number)) }

    /// Appends a truth value, and nothing where it is false.
    package mutating func field(_ tag: UInt8, _ flag: Bool) {
        if flag { field(tag, UInt64(1)) }
    }

    /// Appends a value only where there is one.
    package mutating func field(_ tag: UInt8, _ text: String?) {
        if let text { field(tag, text) }
    }

    /// Appends a message as one field.
    package mutating func field(_ tag: UInt8, _ message: some WireMessage) {
        var inner = WireWriter()
        message.encode(into: &inner)
        field(tag, inner.bytes)
    }
}

/// Reads the fields that ``WireWriter`` wrote, from bytes that are not trusted.
package struct WireReader {
    /// One field: its tag and content.
    package struct Field {
        /// The tag.
        package let tag: UInt8
        /// The content.
        package let content: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    /// A reader over `bytes`.
    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field, or nothing at the end.
    ///
    /// - Throws: ``WireError/truncated`` where a field reaches beyond the bytes.
    package mutating func next() throws(WireError) -> Field? {
        guard let tag = rest.first else { return nil }
        guard rest.count >= 5 else { throw .truncated }
        let length = Int(bigEndianUInt32(rest.dropFirst().prefix(4)))
        guard rest.count - 5 >= length else { throw .truncated }
        let content = rest.dropFirst(5).prefix(length)
        rest = rest.dropFirst(5 + length)
        return Field(tag: tag, content: content)
    }
}

extension WireReader.Field {
    /// The content as an unsigned number.
    ///
    /// - Throws: ``WireError/malformed(_:)`` where it is not eight bytes.
    package func number() throws(WireError) -> UInt64 {
        guard content.count == 8 else { throw .malformed("number of \(content.count) bytes") }
        return content.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The content as a number that fits 32 bits.
    package func number32() throws(WireError) -> UInt32 {
        guard let value = UInt32(exactly: try number()) else { throw .malformed("number over 32 bits") }
        return value
    }

    /// The content as a number that fits 8 bits.
    package func number8() throws(WireError) -> UInt8 {
        guard let value = UInt8(exactly: try number()) else { throw .malformed("number over 8 bits") }
        return value
    }

    /// The content as a signed number.
    package func signed() throws(WireError) -> Int64 { Int64(bitPattern: try number()) }

    /// The content as a truth value.
    package func flag() throws(WireError) -> Bool { try number() != 0 }

    /// The content as text; bytes that are not UTF-8 become U+FFFD.
    package func text() -> String { String(decoding: content, as: UTF8.self) }

    /// The content as a message of its own.
    package func message<M: WireMessage>(_ type: M.Type = M.self) throws(WireError) -> M {
        var reader = WireReader(content)
        return try M(from: &reader)
    }
}

/// A value that travels as tagged fields.
package protocol WireMessage: Sendable, Equatable {
    /// Writes the fields.
    func encode(into writer: inout WireWriter)
    /// Reads the fields, and skips those it does not know.
    init(from reader: inout WireReader) throws(WireError)
}

extension WireMessage {
    /// The message as bytes.
    package var wireBytes: [UInt8] {
        var writer = WireWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// Reads the message from bytes that are not trusted.
    package init(wireBytes: ArraySlice<UInt8>) throws(WireError) {
        var reader = WireReader(wireBytes)
        try self.init(from: &reader)
    }
}

/// What is wrong with bytes from the other end.
package enum WireError: Error, Equatable, Sendable {
    /// A field or frame reaches beyond the bytes.
    case truncated
    /// A frame is longer than ``Frame/maximumLength``.
    case oversized(Int)
    /// A field has a form that its tag does not allow.
    case malformed(String)
    /// A frame's type byte is not known.
    case unknownType(UInt8)
}

func appendBigEndian<T: FixedWidthInteger>(_ value: T, to bytes: inout [UInt8]) {
    var shift = T.bitWidth
    while shift > 0 {
        shift -= 8
        bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
    }
}

func bigEndianUInt32(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }
