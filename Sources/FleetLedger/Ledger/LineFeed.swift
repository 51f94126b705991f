#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Reads a file line by line in large pieces; of the file, it holds one piece or one line at a time.
struct LineFeed {
    /// What was found.
    enum Piece {
        /// A whole line, without its newline.
        case line(UnsafeBufferPointer<UInt8>)
        /// A whole line of so many bytes, with its newline, that is longer than any record.
        case oversized(Int64)
    }

    private static let chunk = 1 << 20

    /// Reads the whole lines of `range`, and calls `body` for each with the place where it begins.
    ///
    /// Returns where the last of them ends: what comes after that is no whole line.
    static func read(
        _ file: any OpenFile,
        _ range: Range<Int64>,
        _ body: (Piece, Int64) throws(LedgerError) -> Void
    ) throws(LedgerError) -> Int64 {
        guard !range.isEmpty else { return range.lowerBound }
        var capacity = Int(min(Int64(chunk), max(range.upperBound - range.lowerBound, 256)))
        var buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        defer { buffer.deallocate() }
        /// Where the line begins that is being read, how much of it was dropped, and how much of it is held.
        var begin = range.lowerBound
        var dropped: Int64 = 0
        var held = 0
        while begin + dropped + Int64(held) < range.upperBound {
            if held == capacity {
                if capacity >= RecordWriter.maximumLength {
                    dropped += Int64(held)
                    held = 0
                } else {
                    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity * 2)
                    larger.update(from: buffer, count: held)
                    buffer.deallocate()
                    buffer = larger
                    capacity *= 2
                }
            }
            let from = begin + dropped + Int64(held)
            let wanted = Int(min(Int64(capacity - held), range.upperBound - from))
            let count = try file.read(
                into: UnsafeMutableRawBufferPointer(start: buffer + held, count: wanted),
                at: from
            )
            guard count > 0 else { break }
            let filled = held + count
            var searched = held
            var lineStart = 0
            while let newline = memchr(buffer + searched, 10, filled - searched) {
                let end = UnsafePointer(newline.assumingMemoryBound(to: UInt8.self)) - UnsafePointer(buffer)
                if dropped > 0 {
                    try body(.oversized(dropped + Int64(end + 1)), begin)
                } else {
                    try body(.line(UnsafeBufferPointer(start: buffer + lineStart, count: end - lineStart)), begin)
                }
                begin += dropped + Int64(end + 1 - lineStart)
                dropped = 0
                lineStart = end + 1
                searched = lineStart
            }
            held = filled - lineStart
            if lineStart > 0, held > 0 { buffer.update(from: buffer + lineStart, count: held) }
        }
        return begin
    }
}
