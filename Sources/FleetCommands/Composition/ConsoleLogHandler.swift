import Logging

/// Writes log messages to standard error, a harmless line each.
struct ConsoleLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let line = Self.line(
            event.level,
            event.message.description,
            metadata.merging(event.metadata ?? [:]) { _, new in new }
        )
        try? System.write(line.utf8, to: 2)
    }

    /// A message as its line.
    static func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        return TerminalText.line("\(level): \(message)\(pairs)") + "\n"
    }
}
