#if FUZZER
import Foundation

/// libFuzzer's driver (FuzzerInterface.h of compiler-rt): it calls `one` with one input after the other.
@_silgen_name("LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

private let reader: Reader = {
    let name = ProcessInfo.processInfo.environment["FUZZ_READER"]
    guard let reader = Reader.all.first(where: { $0.name == name }) else {
        fatalError("FUZZ_READER is one of \(Reader.all.map(\.name).joined(separator: ", "))")
    }
    return reader
}()

/// Where the program begins: writes the corpus into the first argument's directory, and looks for more.
@_cdecl("fuzz_main")
func fuzz(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    if count > 1, let directory = arguments[1].map({ String(cString: $0) }) {
        for (number, bytes) in reader.corpus.enumerated() {
            try? Data(bytes).write(to: URL(fileURLWithPath: "\(directory)/\(number)"))
        }
    }
    var (count, arguments) = (count, arguments)
    return run(&count, &arguments) { tryOne($0, $1) }
}

/// One input, under the name by which libFuzzer's own `main`, which is linked in any case, calls it.
@_cdecl("LLVMFuzzerTestOneInput")
func tryOne(_ start: UnsafePointer<UInt8>?, _ length: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: length))
    if let complaint = reader.complaint(bytes) { fatalError(complaint) }
    return 0
}
#endif
