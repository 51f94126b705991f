import FleetCore

/// Writes a log to standard output: as it is, or made harmless where that is a terminal.
struct LogPrinter {
    private let console: Console
    private var sanitizer: LogSanitizer?

    /// A printer to a console.
    init(_ console: Console) {
        self.console = console
        sanitizer = console.output.isTerminal ? LogSanitizer() : nil
    }

    /// Writes all that there is by now.
    mutating func print(_ reading: inout LogReading) {
        while !console.isOutputClosed, let part = reading.next() {
            switch part {
            case .bytes(_, let bytes):
                if let text = sanitizer?.feed(bytes) { console.write(text) } else { console.write(bytes) }
            case .gap(let gap):
                finish()
                console.note("… \(Wording.bytes(Int64(clamping: gap.count))) were not kept …\n")
            }
        }
    }

    /// Writes what was held back, as it might have been the beginning of a character.
    mutating func finish() {
        if let text = sanitizer?.finish() { console.write(text) }
    }
}

/// Writes a log as one object of JSON, part by part, so that the largest log needs no more memory.
enum LogJSON {
    /// Writes the object, of which `fields` stand before the parts.
    static func write(_ fields: JSONObject, _ reading: inout LogReading, to console: Console) {
        var head = Array(JSONObject.answer("logs", fields).text.utf8)
        head.removeLast()
        console.write(head + Array(#","parts":["#.utf8))
        var isFirst = true
        // Of a character that the next part ends, nothing is written before.
        var held: [UInt8] = []
        func put(_ offset: UInt64, _ bytes: ArraySlice<UInt8>) {
            guard !bytes.isEmpty else { return }
            let part: JSONObject = [
                "offset": .int(Int64(clamping: offset)), "text": .string(String(decoding: bytes, as: UTF8.self)),
            ]
            console.write((isFirst ? "" : ",") + part.text)
            isFirst = false
        }
        var end: UInt64 = 0
        while !console.isOutputClosed, let part = reading.next() {
            switch part {
            case .bytes(let offset, let bytes):
                let all = held + bytes
                let start = offset - UInt64(held.count)
                let kept = UTF8Tail.unfinishedCount(all)
                put(start, all.dropLast(kept))
                held = Array(all.suffix(kept))
                end = offset + UInt64(bytes.count)
            case .gap:
                put(end - UInt64(held.count), held[...])
                held = []
            }
        }
        put(end - UInt64(held.count), held[...])
        console.write("]}\n")
    }
}
