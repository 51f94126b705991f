/// Memory that all connections of an event loop read into, in turn.
final class ReadScratch {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    deinit { bytes.deallocate() }
}
